/** Whether a small history has a serial order, by trying all. */
import { HISTORY_COMMITTED, HISTORY_UNKNOWN } from '../history-writer.ts';
import type { ScriptTransaction } from './scripts.ts';

/** @param isStrict real time orders transactions of one host. Unknown transactions may have happened or not; what they read does not count. */
export function hasSerialOrder(transactions: readonly ScriptTransaction[], isStrict: boolean): boolean {
  const candidates = transactions.filter(({ outcome }) => outcome === HISTORY_COMMITTED || outcome === HISTORY_UNKNOWN);
  const done = candidates.map(() => false);
  const lists = new Map<number, number[]>();

  const mustWait = (next: ScriptTransaction) =>
    isStrict && candidates.some((other, i) => !done[i] && isBefore(other, next));

  const extend = (): boolean => {
    if (candidates.every(({ outcome }, i) => done[i] || outcome === HISTORY_UNKNOWN)) return true;
    for (const [i, next] of candidates.entries()) {
      if (done[i] || mustWait(next)) continue;
      const appended = apply(next, lists);
      done[i] = true;
      if (appended !== null && extend()) return true;
      done[i] = false;
      for (const key of appended ?? []) lists.get(key)?.pop();
    }
    return false;
  };
  return extend();
}

/** An unknown transaction may take effect at any time after its start, so nothing follows from its end. */
const isBefore = (first: ScriptTransaction, second: ScriptTransaction): boolean =>
  first.outcome === HISTORY_COMMITTED && first.host === second.host && first.endNs < second.startNs;

/** Runs a transaction. @returns the keys it appended to; null, and no effect, when it could not have read what it did */
function apply({ operations, outcome }: ScriptTransaction, lists: Map<number, number[]>): number[] | null {
  const appended: number[] = [];
  for (const operation of operations) {
    if ('append' in operation) {
      const list = lists.get(operation.append) ?? [];
      lists.set(operation.append, list);
      list.push(operation.element);
      appended.push(operation.append);
    } else if (outcome === HISTORY_COMMITTED) {
      const list = lists.get(operation.read) ?? [];
      const isSame =
        list.length === operation.elements.length && list.every((each, i) => each === operation.elements[i]);
      if (isSame) continue;
      for (const key of appended) lists.get(key)?.pop();
      return null;
    }
  }
  return appended;
}
