/** A result with any one value damaged is refused in one line, or shown: no report stops half-way. */
import { describe, expect, it } from 'vitest';
import type { TransactionResult } from '../bench/result.ts';
import { OperatingFault } from '../errors.ts';
import { renderConsoleReport } from './console-report.ts';
import { renderHtmlReport } from './html/html-report.ts';
import { parseResult } from './result-file.ts';
import { sampleResult } from './testing/sample-result.ts';

type Path = readonly (string | number)[];

/** As small as one with every part can be: each place is damaged several times. */
const RESULT = (() => {
  const sample = sampleResult({
    chaos: [{ spec: 'pause:worker,for=1ms,at=1s', kind: 'pause', count: 1, totalMs: 1 }],
    endedBy: 'peer-lost',
  });
  sample.config.pacing = { kind: 'rate', transactionsPerSecond: 7 };
  sample.config.mix = { kind: 'weights', weights: { newOrder: 3 } };
  sample.totals.failedByReason = { peerLost: 3 };
  sample.series.splice(2);
  sample.audit.splice(1);
  sample.consistency.conditions.splice(1);
  const withDelivery = ({ delivery }: Record<string, TransactionResult>) => ({
    delivery: delivery as TransactionResult,
  });
  for (const part of [sample.totals, ...sample.shards]) part.transactions = withDelivery(part.transactions ?? {});
  for (const shard of sample.shards) shard.histogram.splice(2);
  return sample;
})();

/** Every place in the data, of a list's elements the first. */
function places(data: unknown, path: Path = []): Path[] {
  if (typeof data !== 'object' || data === null) return [path];
  const entries = Array.isArray(data) ? data.slice(0, 1).map((each, i) => [i, each] as const) : Object.entries(data);
  return [path, ...entries.flatMap(([key, value]) => places(value, [...path, key]))];
}

/** A copy with something else at the place. */
function damaged(data: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  const copy = (Array.isArray(data) ? [...data] : { ...(data as object) }) as Record<string | number, unknown>;
  copy[key] = damaged(copy[key], rest, value);
  return copy;
}

const refusedOrShown = (data: unknown): 'refused' | 'shown' => {
  let result: ReturnType<typeof parseResult>;
  try {
    result = parseResult(JSON.stringify(data), 'x.json');
  } catch (error) {
    if (!(error instanceof OperatingFault)) throw error;
    expect(error.message).toMatch(/^cannot read x\.json: [^\n]+$/);
    return 'refused';
  }
  const text = renderConsoleReport(result, { colour: false, width: 100 });
  expect(text).not.toMatch(/undefined|\[object|NaN/);
  expect(renderHtmlReport(result).replace(/<pre>.*<\/pre>/s, '')).not.toMatch(/undefined|\[object|NaN/);
  return 'shown';
};

const PLACES = places(RESULT);

describe('a damaged result', () => {
  it('is shown where it is not damaged', () => {
    expect(refusedOrShown(RESULT)).toBe('shown');
  });

  it.each(['nonsense', 7, null, undefined, {}])('is refused or shown with %j anywhere', (value) => {
    for (const path of PLACES) {
      if (path.length === 0 && value === undefined) continue;
      try {
        refusedOrShown(damaged(RESULT, path, value));
      } catch (error) {
        expect.fail(`${path.join('.')} = ${JSON.stringify(value)}: ${error}`);
      }
    }
  });

  it.each([
    [['endedBy'], 'endedBy must be one of runtime, interrupt, memory-limit, peer-lost'],
    [['config', 'mix', 'kind'], 'config.mix.kind must be one of deck, weights'],
    [['config', 'pacing', 'kind'], 'config.pacing.kind must be one of none, keying, rate'],
    [['config', 'transport', 'kind'], 'config.transport.kind must be one of auto, shm, tcp'],
    [['config', 'onPeerLoss'], 'config.onPeerLoss must be one of stop, continue'],
    [['cluster', 'scope'], 'cluster.scope must be one of whole, local'],
    [['audit', 0, 'verdict'], 'audit[0].verdict must be one of pass, fail, too few, not applicable, info'],
    [['chaos', 0, 'kind'], 'chaos[0].kind must be one of pause, delay, kill, stop'],
  ] as [Path, string][])('is refused where %j is a text that no report knows', (path, expected) => {
    for (const text of ['toString', '', 'RUNTIME']) {
      expect(() => parseResult(JSON.stringify(damaged(RESULT, path, text)), 'x.json')).toThrow(
        `cannot read x.json: no result of dbtest --json: ${expected}`,
      );
    }
  });

  it('is refused where a kind lacks what belongs to it', () => {
    const without = (path: Path) => () => parseResult(JSON.stringify(damaged(RESULT, path, undefined)), 'x.json');
    expect(without(['config', 'mix', 'weights'])).toThrow('config.mix.weights must be an object');
    expect(without(['config', 'pacing', 'transactionsPerSecond'])).toThrow(
      'config.pacing.transactionsPerSecond must be a number',
    );
  });
});
