import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ChaosEvent, parseChaos } from '../../config/chaos.ts';
import { type ChaosCount, describeChaosCount, mergeChaosCounts, newChaosCount } from './chaos-counts.ts';
import { ProcessChaos } from './process-chaos.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const SPEC = 'stop:transport=2,at=1s,kill:process,at=2s,pause:worker,for=1s,at=0';
const { events } = parseChaos(SPEC) as { events: ChaosEvent[] };

function start() {
  const done: string[] = [];
  const chaos = new ProcessChaos(events, {
    log: (line) => done.push(line),
    kill: () => done.push('kill'),
    stopTransport: (shardId) => done.push(`stop ${shardId}`),
  });
  return { chaos, done };
}

describe('ProcessChaos', () => {
  it('does each thing at its time, and says so before', () => {
    const { chaos, done } = start();
    chaos.begin();
    vi.advanceTimersByTime(500);
    chaos.begin();
    vi.advanceTimersByTime(999);
    expect(done).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(done).toEqual(['Chaos at 1.00 s: transport 2 stops, and its links break', 'stop 2']);
    vi.advanceTimersByTime(1000);
    expect(done.slice(2)).toEqual(['Chaos at 2.00 s: this process kills itself', 'kill']);
    expect(chaos.counts.map(({ kind, count }) => [kind, count])).toEqual([
      ['stop', 1],
      ['kill', 1],
    ]);
  });

  it('does nothing after the measurement', () => {
    const { chaos, done } = start();
    chaos.begin();
    chaos.end();
    vi.advanceTimersByTime(5000);
    expect(done).toEqual([]);
    expect(chaos.counts.map(describeChaosCount)).toEqual(['did not happen', 'did not happen']);
  });
});

describe('counts', () => {
  it('of the same entry are one', () => {
    const [stop, , pause] = events.map(newChaosCount) as [never, never, ReturnType<typeof newChaosCount>];
    const merged = mergeChaosCounts([stop, { ...pause, count: 2, totalMs: 30 }, { ...pause, count: 1, totalMs: 1500 }]);
    expect(merged.map(describeChaosCount)).toEqual(['did not happen', '3 pauses of workers, 1.53 s in all']);
  });

  it('of the same entry know when it happened first and last, of whoever knows', () => {
    const [stop, , pause] = events.map(newChaosCount) as [ChaosCount, never, ChaosCount];
    const moments = (firstMs: number, lastMs: number) => ({ ...pause, count: 2, firstMs, lastMs });
    const merged = mergeChaosCounts([stop, pause, moments(300, 400), moments(200, 350), moments(310, 900), pause]);
    expect(merged).toEqual([stop, { ...pause, count: 6, firstMs: 200, lastMs: 900 }]);
  });
});
