import { describe, expect, it } from 'vitest';
import { renderConsoleReport } from './console-report.ts';
import { widthOf, withoutColours } from './plain-table.ts';
import { FAILED_CONDITION, sampleResult } from './testing/sample-result.ts';

const render = (result = sampleResult(), width = 110, colour = false): string =>
  renderConsoleReport(result, { colour, width });

describe('renderConsoleReport', () => {
  it('has its sections in order, and a table and a histogram for each shard', () => {
    const text = render();
    const places = [
      'dbtest 0.1.0:',
      '\nShard 0: ',
      '\n  Latency of the 1,012,000 transactions completed by shard 0\n',
      '\nShard 1: ',
      '\n  Latency of the 1,012,000 transactions completed by shard 1\n',
      '\nTotals\n',
      '\nInput audit\n',
      '\nConsistency\n',
      '\nDeviations from the specification\n',
      '\nagg_throughput: ',
    ].map((part) => text.indexOf(part));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(text.endsWith('aborts/sec\n')).toBe(true);
    expect(text.match(/█/g)?.length).toBeGreaterThan(100);
  });

  it.each([80, 100, 110, 120, 200])('stays within %d columns', (width) => {
    const failed = sampleResult({ endedBy: 'memory-limit' });
    failed.consistency = { passed: false, checkSeconds: 1, conditions: [FAILED_CONDITION] };
    for (const result of [sampleResult(), failed]) {
      expect(widthOf(render(result, width).split('\n'))).toBeLessThanOrEqual(width);
    }
  });

  it('says the same with colours and without', () => {
    const coloured = render(sampleResult(), 110, true);
    expect(coloured).toContain('\u001b[');
    expect(withoutColours(coloured).replace(/ +$/gm, '')).toBe(render());
    expect(render()).not.toContain('\u001b');
  });

  it('has no trailing spaces, tabs or missing values', () => {
    for (const width of [80, 120])
      expect(render(sampleResult(), width)).not.toMatch(/[ \t]$|\t|NaN|undefined|Infinity/m);
  });

  it('says why persist equals throughput only where it does', () => {
    const note = 'Nothing is made durable in this run, so agg_persist_throughput equals agg_throughput.';
    expect(render()).toContain(note);
    const durable = sampleResult();
    durable.totals.persistThroughputTps -= 1;
    expect(render(durable)).not.toContain(note);
  });

  it('lists deviations, or that there are none', () => {
    expect(render()).toContain('\n  - ITEM is read-only in the embedded engine.\n');
    expect(render(sampleResult({ deviations: [] }))).toContain('\nDeviations from the specification\n  none\n');
  });

  it('shows dropped frames', () => {
    const result = sampleResult();
    expect(render(result)).not.toContain('dropped');
    Object.assign(result.shards[0]?.counters ?? {}, { frameDropsTotal: 3 });
    expect(render(result)).toContain('  3 frames were dropped\n');
  });

  it('renders a run in which nothing completed', () => {
    const result = sampleResult({}, { shards: 1 });
    for (const shard of result.shards) {
      Object.assign(shard, { histogram: [], latencyUs: null, commits: 0, throughputTps: 0 });
      for (const transaction of Object.values(shard.transactions)) {
        Object.assign(transaction, { commits: 0, latencyUs: null, local: { commits: 0, latencyUs: null } });
      }
    }
    result.totals.latencyUs = null;
    const text = render(result);
    expect(text).toContain('nothing completed');
    expect(text).not.toMatch(/NaN|undefined|Infinity|null/);
  });
});
