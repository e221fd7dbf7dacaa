import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededUniform } from '../statistics/random.ts';
import { edgesOf, nextTrial, stepsOf, type Trial } from './rate-search.ts';

const SEARCH = { firstRate: 1000, precision: 0.05, repeat: 3 };
/** More than any search here needs. */
const RUNS_MOST = 200;

/** Runs a search to its end. */
function search(holdsAt: (rate: number) => boolean, options = SEARCH) {
  const trials: Trial[] = [];
  for (let i = 0; i < RUNS_MOST; i++) {
    const next = nextTrial(options, trials);
    if (next.kind !== 'run') return { end: next, trials, ...edgesOf(stepsOf(trials)) };
    trials.push({ rate: next.rate, holds: holdsAt(next.rate) });
  }
  throw new Error('the search does not end');
}

describe('nextTrial', () => {
  it.each([37, 999, 1000, 1001, 1500, 7777, 250_000])('brackets an edge at %d and halves what is between', (edge) => {
    const { end, low, high, trials } = search((rate) => rate <= edge);
    expect(end.kind).toBe('settled');
    expect(low).toBeLessThanOrEqual(edge);
    expect(high).toBeGreaterThan(edge);
    expect((high as number) / (low as number)).toBeLessThanOrEqual(1.051);
    expect(trials.length).toBeLessThan(30);
  });

  it('decides by one run far from the edge, and by the majority at it', () => {
    const { trials, low, high } = search((rate) => rate <= 7000);
    const count = (rate: number | null) => trials.filter((trial) => trial.rate === rate).length;
    expect(trials.slice(0, 4).map(({ rate }) => rate)).toEqual([1000, 2000, 4000, 8000]);
    expect(count(1000)).toBe(1);
    expect([count(low), count(high)]).toEqual([2, 2]);
  });

  it('takes back an edge that a lucky or an unlucky run placed', () => {
    let unlucky = true;
    const high = search((rate) => {
      if (rate !== 2000 || !unlucky) return rate <= 7000;
      unlucky = false;
      return false;
    });
    expect(high.low).toBeGreaterThan(6500);
    let lucky = true;
    const low = search((rate) => {
      if (rate !== 8000 || !lucky) return rate <= 7000;
      lucky = false;
      return true;
    });
    expect([low.low as number, low.high as number].map(Math.round)).toEqual([expect.any(Number), expect.any(Number)]);
    expect(low.low).toBeLessThanOrEqual(7000);
    expect(low.high).toBeGreaterThan(7000);
  });

  it('finds a noisy edge within some percent, every time', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const uniform = seededUniform(seed);
      // The chance to hold falls from 1 to 0 between 0.95 and 1.05 of the edge.
      const { low, high } = search((rate) => uniform() > (rate / 5000 - 0.95) / 0.1);
      expect(low).toBeGreaterThan(5000 * 0.9);
      expect(high).toBeLessThan(5000 * 1.1);
    }
  });

  it('ends without an edge where everything holds, or nothing', () => {
    const all = search(() => true);
    expect([all.end, all.high]).toEqual([{ kind: 'gave up', reason: 'the threshold holds at every rate tried' }, null]);
    const none = search(() => false);
    expect([none.end, none.low]).toEqual([{ kind: 'gave up', reason: 'the threshold holds at no rate tried' }, null]);
  });

  it('ends whatever the runs say, with neighbours as edges', () => {
    const options = fc.record({
      firstRate: fc.double({ min: 0.01, max: 1e6, noNaN: true }),
      precision: fc.double({ min: 0.005, max: 0.5, noNaN: true }),
      repeat: fc.integer({ min: 1, max: 5 }),
    });
    fc.assert(
      fc.property(options, fc.integer(), (search_, seed) => {
        const uniform = seededUniform(seed);
        const { end, low, high } = search(() => uniform() < 0.5, search_);
        if (end.kind === 'settled') expect(high).toBeGreaterThan(low as number);
      }),
    );
  });
});
