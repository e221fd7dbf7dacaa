/** The transactions of the workload, and which of them a terminal runs next. */
import type { TransactionType } from '../../src/bench/contract.ts';
import type { MixConfig } from '../../src/config/run-config.ts';
import type { RandomStream } from './random.ts';

/** Indexes of the transaction types; the fragments of a type carry its index as their kind. */
export const TRANSFER = 0;
export const OPEN_ACCOUNT = 1;
export const CLOSE_ACCOUNT = 2;
export const RANGE_SUM = 3;
export const LOOKUP = 4;
export const SUM_ALL = 5;

const type = (key: string, title: string, deckCards: number): TransactionType => ({
  key,
  title,
  deckCards,
  leastMixPct: null,
  keyingSeconds: 1,
  thinkMeanSeconds: 1,
  limitSeconds: 5,
});

/** By index. A sum over all accounts locks them all, so that a few of them go a long way. */
export const TRANSACTION_TYPES: readonly TransactionType[] = [
  type('transfer', 'Transfer', 140),
  type('openAccount', 'Open', 15),
  type('closeAccount', 'Close', 15),
  type('rangeSum', 'Range-Sum', 14),
  type('lookup', 'Lookup', 15),
  type('sumAll', 'Sum-All', 1),
];

/** Share of each type that a run aims at, 0..1, by index. */
export function mixShares(mix: MixConfig): number[] {
  const weights = TRANSACTION_TYPES.map(({ key, deckCards }) =>
    mix.kind === 'deck' ? deckCards : (mix.weights[key] ?? 0),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** Chooses for one terminal. */
export interface Mix {
  /** @returns index of a type */
  next(random: RandomStream): number;
}

/** Drawing without replacement, shuffled anew at each pass, so that the shares are exact. */
class Deck implements Mix {
  private readonly cards: Int32Array;
  private position: number;

  constructor() {
    this.cards = Int32Array.from(
      TRANSACTION_TYPES.flatMap(({ deckCards }, index) => new Array<number>(deckCards).fill(index)),
    );
    this.position = this.cards.length;
  }

  next(random: RandomStream): number {
    const { cards } = this;
    if (this.position === cards.length) {
      for (let i = cards.length - 1; i > 0; i--) {
        const j = random.uniform(0, i);
        const card = cards[i];
        cards[i] = cards[j];
        cards[j] = card;
      }
      this.position = 0;
    }
    return cards[this.position++];
  }
}

/** Independent draws. */
class WeightedMix implements Mix {
  private readonly upTo: Float64Array;

  constructor(shares: readonly number[]) {
    let sum = 0;
    this.upTo = Float64Array.from(shares, (share) => {
      sum += share;
      return sum;
    });
    // Rounding must not leave a gap at the end, nor open one to a type that weighs nothing.
    const last = shares.findLastIndex((share) => share > 0);
    this.upTo.fill(1, last);
  }

  next(random: RandomStream): number {
    const fraction = random.fraction();
    let index = 0;
    while (fraction >= this.upTo[index]) index++;
    return index;
  }
}

export const newMix = (mix: MixConfig): Mix => (mix.kind === 'deck' ? new Deck() : new WeightedMix(mixShares(mix)));
