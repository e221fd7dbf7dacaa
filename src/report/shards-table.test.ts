import { describe, expect, it } from 'vitest';
import { widthOf } from './plain-table.ts';
import { renderShardsTable } from './shards-table.ts';
import { sampleResult } from './testing/sample-result.ts';

const wide = { colour: false, width: 120 };
const cells = (line: string | undefined): string[] => (line ?? '').trim().split(/ +/);

describe('renderShardsTable', () => {
  it('has a row a shard with its share, and all together with merged percentiles', () => {
    const result = sampleResult();
    const latency = { mean: 30, p50: 20.5, p90: 40, p95: 50, p99: 162.4, p999: 400, max: 9000 };
    const rates = { throughputTps: 30_000, commits: 300_000, crossShardPct: 5.874, conflictAborts: 1234 };
    Object.assign(result.shards[0] ?? {}, { ...rates, latencyUs: latency });
    Object.assign(result.shards[1] ?? {}, { ...rates, throughputTps: 10_000, latencyUs: null });
    Object.assign(result.totals, { ...rates, throughputTps: 40_000, latencyUs: { ...latency, p50: 19 } });
    const lines = renderShardsTable(wide, result);
    expect(cells(lines[1])).toEqual(['shard', 'port', 'tx/s', '%', 'commits', 'shard', '%', 'aborts', 'µs', 'µs']);
    expect(lines.slice(3).map(cells)).toEqual([
      ['0', '31000', '30,000', '75.00', '300,000', '5.87', '1,234', '20.5', '162.4'],
      ['1', '31100', '10,000', '25.00', '300,000', '5.87', '1,234', '-', '-'],
      ['all', '40,000', '100.00', '300,000', '5.87', '1,234', '19.0', '162.4'],
    ]);
  });

  it('is left out where there is nothing to compare', () => {
    expect(renderShardsTable(wide, sampleResult({}, { shards: 1 }))).toEqual([]);
    expect(renderShardsTable(wide, sampleResult({}, { shards: 3, localShardIds: [2] }))).toEqual([]);
  });

  it('lists shards of other processes without percentiles', () => {
    const lines = renderShardsTable(wide, sampleResult({}, { shards: 3, localShardIds: [0] }));
    expect(lines.slice(3).map((line) => cells(line).slice(0, 3))).toEqual([
      ['0', '31000', 'here'],
      ['1', '31100', 'elsewhere'],
      ['2', '31200', 'elsewhere'],
      ['all', '302,280', '100.00'],
    ]);
    expect(cells(lines[4]).slice(-2)).toEqual(['-', '-']);
    expect(cells(lines[3]).slice(-2)).not.toContain('-');
  });

  it('shows hosts where they differ and fit', () => {
    const result = sampleResult({}, { shards: 2, localShardIds: [0] });
    const [, second] = result.config.cluster.shards;
    if (second !== undefined) second.host = 'a-host-with-a-long-name.example.org';
    expect(renderShardsTable(wide, result).join('\n')).toContain('  a-host-with-a-long-name.example.org:31100  ');
    const narrow = renderShardsTable({ colour: false, width: 80 }, result);
    expect(narrow.join('\n')).not.toContain('example');
    expect(narrow.join('\n')).toContain(' 31100 ');
    expect(widthOf(narrow)).toBeLessThanOrEqual(80);
  });

  it('divides by nothing where nothing was committed', () => {
    const result = sampleResult();
    for (const shard of result.shards) Object.assign(shard, { throughputTps: 0, commits: 0, latencyUs: null });
    Object.assign(result.totals, { throughputTps: 0, commits: 0, latencyUs: null });
    expect(renderShardsTable(wide, result).join('\n')).not.toMatch(/NaN|Infinity|null|undefined/);
  });
});
