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
      '\nShards\n',
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
    const lost = sampleResult({ endedBy: 'peer-lost' }, { shards: 4, localShardIds: [0, 1] });
    Object.assign(lost.shards[0]?.counters ?? {}, { frameDropsTotal: 12, dropsBy_wrongLength: 12 });
    lost.totals.failedByReason = { peerLost: 1_234_567 };
    for (const [i, address] of lost.config.cluster.shards.entries()) address.host = `192.168.100.10${i}`;
    const other = sampleResult({}, { shards: 4, localShardIds: [2, 3] });
    for (const result of [sampleResult(), failed, lost, other]) {
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

  it('has nothing of TPC-C where another workload ran', () => {
    const result = sampleResult({ deviations: ['nothing is durable'] });
    result.config.workload.name = 'bank';
    Object.assign(result.totals, { tpmC: 0, tpmCWithRollbacks: 0 });
    const text = render(result);
    expect(text).not.toMatch(/tpmC|New-Orders a minute|efficiency|specification\n/);
    expect(text).toContain('\nDeviations\n  - nothing is durable\n');
    expect(render()).toMatch(/\n {2}tpmC .*\n {2}efficiency /);
  });

  it('says what trouble on purpose came to, and nothing without it', () => {
    expect(render()).not.toContain('Trouble on purpose');
    const chaos = [{ spec: 'pause:worker,for=1s,at=1s', kind: 'pause' as const, count: 2, totalMs: 2001 }];
    expect(render(sampleResult({ chaos }))).toContain(
      '\nTrouble on purpose\n  pause:worker,for=1s,at=1s: 2 pauses of workers, 2.00 s in all\n',
    );
  });

  it('shows dropped frames', () => {
    const result = sampleResult();
    expect(render(result)).not.toContain('dropped');
    Object.assign(result.shards[0]?.counters ?? {}, { frameDropsTotal: 3 });
    expect(render(result)).toMatch(/\nShard 0: .*\n {2}3 frames were dropped\n/);
    expect(render(result)).toContain('  dropped       3 frames ');
  });

  it('counts messages in each shard where several workers send them', () => {
    expect(render().match(/^ {2}messages /gm)).toHaveLength(2);
    expect(render(sampleResult({}, { shards: 1, threads: 1 }))).not.toMatch(/^ {2}(messages|waits|fragments) /m);
    expect(render(sampleResult({}, { shards: 1, threads: 2 }))).toContain('\n  waits         12 parks\n');
  });

  it('says in every process what its figures cover', () => {
    const whole = render(sampleResult({}, { shards: 4, localShardIds: [0] }));
    expect(whole).toContain('\nTotals (4 shards in 4 processes)\n');
    expect(whole).toContain('\nInput audit\n');
    expect(whole.match(/^Shard \d/gm)).toEqual(['Shard 0']);
    expect(whole).toMatch(/^ {2}3 +31300 +elsewhere /m);
    const local = render(sampleResult({}, { shards: 4, localShardIds: [2, 3] }));
    expect(local).toContain('\nShards (this process)\n');
    expect(local).toContain(
      '\nThis process (shards 2, 3)\n  The process with shard 0 prints the total of all 4 shards.\n',
    );
    expect(local).toContain('\nInput audit (this process)\n');
    expect(local).toContain('\nConsistency\n  The process with shard 0 prints the conditions of all 4 shards.\n');
    expect(local).toContain('\n  The process with shard 0 prints these lines of all 4 shards.\n');
    expect(local).not.toContain('\nTotals');
    const single = render(sampleResult({}, { shards: 2, localShardIds: [1] }));
    expect(single).toContain('\nThis process (shard 1)\n');
    expect(single).not.toContain('\nShards');
  });

  it('shows the conditions that a process with a part of the shards did check', () => {
    const local = sampleResult({}, { shards: 4, localShardIds: [2, 3] });
    local.config.check = false;
    expect(render(local)).toContain('\n  not checked: switched off for this run\n');
    local.config.check = true;
    local.consistency = { passed: false, checkSeconds: 1, conditions: [FAILED_CONDITION] };
    expect(render(local)).toContain('\n  1 of 1 conditions FAILED');
  });

  it('says when the totals miss shards of the cluster', () => {
    const result = sampleResult({ endedBy: 'peer-lost' }, { shards: 3, localShardIds: [0] });
    result.totals.shards = 2;
    result.totals.perShard?.pop();
    expect(render(result)).toContain('\nTotals (2 of 3 shards)\n');
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
