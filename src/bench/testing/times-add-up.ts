/** What every recording must hold: the kinds of time add up to the latencies, for each type and each part of it. */
import { expect } from 'vitest';
import { decodeHistogram, type RecorderReport } from '../recorder.ts';
import { sum } from '../sum.ts';

const NS_PER_MS = 1e6;
/** Histograms keep three significant digits. */
const PRECISION = 2e-3;

export function expectTimesToAddUp({ types }: RecorderReport): void {
  for (const { times, local, crossShard, deferred } of types) {
    expectToAddUp(times.local, local);
    expectToAddUp(times.crossShard, crossShard);
    // Of a type that has no limit for its deferred half, the latency of that is kept nowhere.
    if (deferred !== null) expectToAddUp(times.deferred, deferred);
  }
}

function expectToAddUp(spentMs: readonly number[], encoded: string | null): void {
  for (const ms of spentMs) expect(ms).toBeGreaterThanOrEqual(0);
  const latencies = encoded === null ? null : decodeHistogram(encoded);
  const latencyMs = latencies === null ? 0 : (latencies.mean * latencies.totalCount) / NS_PER_MS;
  expect(Math.abs(sum(spentMs) - latencyMs)).toBeLessThanOrEqual(PRECISION * latencyMs + 1e-6);
}
