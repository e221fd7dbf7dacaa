import { describe, expect, it } from 'vitest';
import type { RunResult } from '../bench/result.ts';
import { renderHeadline } from './headline.ts';
import { sampleResult } from './testing/sample-result.ts';

const style = { colour: false, width: 200 };
const headline = (result = sampleResult()): string => renderHeadline(style, result).join('\n');

describe('renderHeadline', () => {
  it('says what ran, where and how', () => {
    const text = headline();
    expect(text).toContain('dbtest 0.1.0: tpcc, 2 shards x 2 threads, 8 warehouses\n');
    expect(text).toContain('seed 42\n');
    expect(text).toContain('shard 0 on 127.0.0.1:31000, shard 1 on 127.0.0.1:31100; 4 warehouses a shard');
    expect(text).toContain('from config/local-shards2-warehouses4.yml');
    expect(text).toContain('pacing        none: closed loop');
    expect(text).toContain('mix           deck of cards');
    expect(text).toContain('remoteItemPct 1, remotePaymentPct 15');
    expect(text).toContain('4.13 s, 4,092,000 rows (987,654 rows/s), 811.2 MB in the engine');
    expect(text).toContain('10.0 s after 1.00 s of warm-up');
    expect(text).not.toContain('ended');
  });

  it('counts one of a thing', () => {
    const text = headline(sampleResult({}, { shards: 1, warehousesPerShard: 1, threads: 1 }));
    expect(text).toContain('1 shard x 1 thread, 1 warehouse\n');
    expect(text).toContain('from built-in defaults');
  });

  it('names pacing, weights, absent options and shards elsewhere', () => {
    const result = sampleResult();
    result.config.pacing = { kind: 'rate', transactionsPerSecond: 5000 };
    result.config.mix = { kind: 'weights', weights: { newOrder: 45, payment: 43 } };
    result.config.workload.options = {};
    result.config.localShardIds = [1];
    const text = headline(result);
    expect(text).toContain('open loop at 5,000 tx/s in total; latency counts from the intended start');
    expect(text).toContain('independent draws by weight: newOrder 45, payment 43');
    expect(text).not.toContain('options');
    expect(text).toContain('cluster       shard 1 on 127.0.0.1:31100, 1 more elsewhere (1 process in all);');
    result.config.pacing = { kind: 'keying' };
    expect(headline(result)).toContain('keying and think times of the specification');
  });

  it('counts the shards and warehouses of the whole cluster in every process', () => {
    const result = sampleResult({}, { shards: 4, localShardIds: [2, 3], threads: 4 });
    const text = headline(result);
    expect(text).toContain('tpcc, 4 shards x 4 threads, 16 warehouses\n');
    expect(text).toContain('cluster       shard 2 on 127.0.0.1:31200, shard 3 on 127.0.0.1:31300, 2 more elsewhere');
    expect(text).toContain('(3 processes in all)');
  });

  it('says how messages travel where there are any', () => {
    const transport = (result: RunResult) =>
      headline(result)
        .split('\n')
        .find((line) => line.startsWith('  transport'));
    expect(transport(sampleResult({}, { shards: 1, threads: 1 }))).toBeUndefined();
    const threads = sampleResult({}, { shards: 1, threads: 2 });
    expect(transport(threads)).toBe('  transport     auto: rings inside a process, TCP between processes');
    threads.config.transport = { kind: 'shm', ringCapacityBytes: 0 };
    expect(transport(threads)).toBe('  transport     shm: rings between all threads; the smallest rings that fit');
    const processes = sampleResult({}, { localShardIds: [0] });
    processes.config.transport = { kind: 'tcp', ringCapacityBytes: 65536 };
    expect(transport(processes)).toBe(
      '  transport     tcp: TCP between shards, inside a process too; rings of at least 64 KiB; a lost process ends the run',
    );
    processes.config.onPeerLoss = 'continue';
    expect(transport(processes)).toContain('; the run goes on without a lost process');
  });

  it('says where the threads were put if that was asked for', () => {
    const result = sampleResult();
    expect(headline(result)).not.toContain('placement');
    result.config.placement = { pinCpus: true, cpuList: null, lowTransportPriority: false };
    expect(headline(result)).toContain('placement     transports and workers bound to CPUs in turn\n');
    result.config.placement = { pinCpus: true, cpuList: '0-3,8', lowTransportPriority: true };
    expect(headline(result)).toContain('bound to CPUs 0-3,8 in turn; transports at low priority\n');
    result.config.placement = { pinCpus: false, cpuList: null, lowTransportPriority: true };
    expect(headline(result)).toContain('placement     transports at low priority\n');
  });

  it('says why a run ended early', () => {
    const result = sampleResult({ endedBy: 'interrupt' });
    result.phases.measuredSeconds = 4.21;
    expect(headline(result)).toContain('ended         early, interrupted after 4.21 s of 10.0 s');
    result.endedBy = 'memory-limit';
    expect(headline(result)).toContain('early, memory limit of 12.00 GB reached after 4.21 s of 10.0 s');
    result.endedBy = 'peer-lost';
    expect(headline(result)).toContain('early, another process of the run was lost after 4.21 s of 10.0 s');
  });
});
