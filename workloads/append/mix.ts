/** The transactions of the workload, and which of them a terminal runs next. */
import type { TransactionType } from '../../src/bench/contract.ts';
import type { MixConfig } from '../../src/config/run-config.ts';
import type { RandomStream } from './random.ts';

const type = (key: string, title: string, deckCards: number): TransactionType => ({
  key,
  title,
  deckCards,
  leastMixPct: null,
  keyingSeconds: 1,
  thinkMeanSeconds: 1,
  limitSeconds: 5,
});

/** By index: `APPEND`, `READ` of inputs.ts. */
export const TRANSACTION_TYPES: readonly TransactionType[] = [type('append', 'Append', 3), type('read', 'Read', 1)];

/** Share of each type, 0..1, by index; a deck is drawn as its shares. */
export function mixShares(mix: MixConfig): number[] {
  const weights = TRANSACTION_TYPES.map(({ key, deckCards }) =>
    mix.kind === 'deck' ? deckCards : (mix.weights[key] ?? 0),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** @returns what draws the type of one terminal's next transaction */
export function newMix(mix: MixConfig): (random: RandomStream) => number {
  const [appendShare] = mixShares(mix);
  return (random) => (random.chance(100 * appendShare) ? 0 : 1);
}
