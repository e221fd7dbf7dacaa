/** The transaction mix as text: `deck`, or weights by transaction key (`newOrder=45,payment=43`). */
import type { MixConfig } from './run-config.ts';
import { shownText } from './shown.ts';
import { suggestion } from './suggest.ts';

/** A mix, or what is wrong with the text. */
export type ParsedMix = { mix: MixConfig } | { problem: string };

/**
 * @param transactionKeys the workload's transactions, in its order; the ones that the text leaves out weigh 0
 */
export function parseMix(text: string, transactionKeys: readonly string[]): ParsedMix {
  if (text === 'deck') return { mix: { kind: 'deck' } };
  const weights = new Map<string, number>();
  for (const part of text.split(',')) {
    const [key, weight, ...rest] = part.split('=').map((piece) => piece.trim());
    if (key === undefined || key === '' || weight === undefined || rest.length > 0) {
      return { problem: `${shownText(part)} is not a weight; give deck, or ${example(transactionKeys)}` };
    }
    if (!transactionKeys.includes(key)) {
      const known = `; the workload has ${transactionKeys.join(', ')}`;
      return {
        problem: `${shownText(key)} is no transaction of the workload${suggestion(key, transactionKeys, known)}`,
      };
    }
    if (weights.has(key)) return { problem: `${key} is given twice; give each transaction one weight` };
    if (!/^\d+(\.\d+)?$/.test(weight) || !Number.isFinite(Number(weight))) {
      return { problem: `${key} has the weight ${shownText(weight)}; give a number, 0 or more` };
    }
    weights.set(key, Number(weight));
  }
  if (![...weights.values()].some((weight) => weight > 0)) {
    return { problem: `all weights are 0; give at least one transaction a weight above 0` };
  }
  return {
    mix: { kind: 'weights', weights: Object.fromEntries(transactionKeys.map((key) => [key, weights.get(key) ?? 0])) },
  };
}

const example = (transactionKeys: readonly string[]): string =>
  transactionKeys
    .slice(0, 2)
    .map((key, index) => `${key}=${index === 0 ? 45 : 43}`)
    .join(',');
