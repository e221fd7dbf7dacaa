/** What trouble came to, by entry of `--chaos`: counted where it is made, merged over workers and processes. */
import type { ChaosEvent } from '../../config/chaos.ts';

/** One entry: how often it happened, and how long it held things up in all (0 for what has no duration). */
export interface ChaosCount {
  spec: string;
  kind: ChaosEvent['kind'];
  count: number;
  totalMs: number;
  /** When it happened first and last, from the start of the measurement; absent where it did not, and in earlier results. */
  firstMs?: number;
  lastMs?: number;
}

export const newChaosCount = ({ text, kind }: ChaosEvent): ChaosCount => ({ spec: text, kind, count: 0, totalMs: 0 });

/** It has happened once more. */
export function noteChaos(count: ChaosCount, elapsedMs: number): void {
  count.count++;
  count.firstMs ??= elapsedMs;
  count.lastMs = elapsedMs;
}

/** The one of two moments that `choose` takes; the other one where one is not known. */
const either = (choose: (a: number, b: number) => number, a: number | undefined, b: number | undefined) =>
  a === undefined ? b : b === undefined ? a : choose(a, b);

/** Sums the counts of the same entry, in the order in which entries come first. */
export function mergeChaosCounts(counts: Iterable<ChaosCount>): ChaosCount[] {
  const merged = new Map<string, ChaosCount>();
  for (const each of counts) {
    const sum = merged.get(each.spec);
    if (sum === undefined) merged.set(each.spec, { ...each });
    else {
      sum.count += each.count;
      sum.totalMs += each.totalMs;
      const [firstMs, lastMs] = [
        either(Math.min, sum.firstMs, each.firstMs),
        either(Math.max, sum.lastMs, each.lastMs),
      ];
      Object.assign(sum, firstMs === undefined ? {} : { firstMs }, lastMs === undefined ? {} : { lastMs });
    }
  }
  return [...merged.values()];
}

/** What an entry came to, in words: `4 pauses of a worker, 0.80 s in all`. */
export function describeChaosCount({ kind, count, totalMs }: ChaosCount): string {
  if (count === 0) return 'did not happen';
  const seconds = `${(totalMs / 1000).toFixed(2)} s in all`;
  switch (kind) {
    case 'pause':
      return `${count} ${count === 1 ? 'pause' : 'pauses'} of workers, ${seconds}`;
    case 'delay':
      return `${count} ${count === 1 ? 'frame' : 'frames'} held, ${seconds}`;
    case 'kill':
      return 'the process was killed';
    case 'stop':
      return 'the transport was stopped';
  }
}
