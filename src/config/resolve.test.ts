import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultShards, type RunOptions, resolveRunConfig } from './resolve.ts';
import type { TransportKind } from './run-config.ts';
import { parseShardYaml } from './shard-yaml.ts';
import { usageFaultOf } from './testing/fault.ts';

const OPTIONS: RunOptions = {
  localShards: null,
  shardIndex: null,
  warehouses: null,
  clusterRole: 'localhost',
  numThreads: 1,
  transport: { kind: 'auto', ringCapacityBytes: null },
  onPeerLoss: 'stop',
  joinTimeoutSeconds: 30,
  placement: { pinCpus: false, cpuList: null, lowTransportPriority: false },
  terminalsPerWarehouse: 10,
  workload: { name: 'fake', moduleUrl: 'file:///fake.ts', options: {} },
  mix: { kind: 'deck' },
  pacing: { kind: 'none' },
  warmupSeconds: 2,
  runtimeSeconds: 10,
  seed: 1,
  memoryLimitBytes: 2 ** 30,
  check: true,
  jsonPath: null,
  exportDir: null,
  historyPath: null,
};

const THREE_SHARDS = `
nshards: 3
shards: [{shard_id: 0, port: 41000}, {shard_id: 1, port: 41001}, {shard_id: 2, port: 41002}]
`;
const TWO_HOSTS = `
nshards: 2
shards: [{shard_id: 0, port: 41000}, {shard_id: 1, port: 41000, host: 10.0.0.2}]
`;

const resolve = (options: Partial<RunOptions>, yaml: string | null = null) =>
  resolveRunConfig({ ...OPTIONS, ...options }, yaml === null ? null : parseShardYaml(yaml, 'conf.yml'));

describe('without a file', () => {
  it('one shard on the default address runs here', () => {
    const config = resolve({});
    expect(config.cluster).toEqual({
      source: null,
      shards: [{ shardId: 0, host: '127.0.0.1', port: 31000 }],
      warehousesPerShard: 1,
    });
    expect(config.localShardIds).toEqual([0]);
    expect(config).not.toHaveProperty('localShards');
    expect(config).not.toHaveProperty('warehouses');
  });

  it('the cluster has as many shards as the highest local one needs', () => {
    const config = resolve({ localShards: [2, 0] });
    expect(config.cluster.shards.map(({ port }) => port)).toEqual([31000, 31100, 31200]);
    expect(config.localShardIds).toEqual([0, 2]);
    expect(resolve({ shardIndex: 1 }).cluster.shards).toHaveLength(2);
    expect(resolve({ shardIndex: 1 }).localShardIds).toEqual([1]);
  });

  it('every shard has its own port, 100 apart', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 345 }), (highest) => {
        const { shards } = resolve({ shardIndex: highest }).cluster;
        expect(shards.map(({ port }) => port)).toEqual(shards.map(({ shardId }) => 31000 + 100 * shardId));
        expect(shards.at(-1)?.port).toBeLessThanOrEqual(65535);
      }),
    );
  });

  it('begins at another port where it is told', () => {
    expect(resolve({ localShards: [0, 1], basePort: 12_345 }).cluster.shards.map(({ port }) => port)).toEqual([
      12_345, 12_445,
    ]);
    expect(usageFaultOf(() => resolve({ localShards: [0, 1], basePort: 65_500 })).message).toContain('port 65600');
    expect(usageFaultOf(() => resolve({ basePort: 12_345 }, THREE_SHARDS)).message).toContain('conf.yml has the ports');
  });

  it('more shards than there are ports are refused', () => {
    expect(usageFaultOf(() => defaultShards(347)).message).toContain(
      '347 shards: shard 346 would listen at port 65600',
    );
  });
});

describe('which shards run here', () => {
  it.each([
    ['all of the file', {}, THREE_SHARDS, [0, 1, 2]],
    ['what the file lists', {}, `${THREE_SHARDS}multi_shard_mode: true\nlocal_shard_indices: [2, 1]`, [1, 2]],
    ['what --local-shards says, over the file', { localShards: [0] }, `${THREE_SHARDS}multi_shard_mode: true`, [0]],
    ['what --shard-index says, over the file', { shardIndex: 2 }, `${THREE_SHARDS}multi_shard_mode: true`, [2]],
    [
      'all of the file where its list is switched off',
      {},
      `${THREE_SHARDS}multi_shard_mode: false\nlocal_shard_indices: [2]`,
      [0, 1, 2],
    ],
    ['one shard of a cluster on several hosts', { shardIndex: 1 }, TWO_HOSTS, [1]],
  ])('%s', (_, options, yaml, expected) => {
    expect(resolve(options, yaml).localShardIds).toEqual(expected);
  });

  it('is refused where both options say it', () => {
    const { message } = usageFaultOf(() => resolve({ localShards: [0], shardIndex: 0 }));
    expect(message).toContain('--local-shards and --shard-index');
  });

  it.each([
    [{ localShards: [0, 3] }, '--local-shards: there is no shard 3; conf.yml has shards 0 to 2'],
    [{ shardIndex: 3 }, '--shard-index: there is no shard 3; conf.yml has shards 0 to 2'],
  ])('is refused outside the file: %j', (options, expected) => {
    expect(usageFaultOf(() => resolve(options, THREE_SHARDS)).message).toBe(expected);
  });

  it.each([
    [TWO_HOSTS, 'conf.yml: shards: lists shards on 2 hosts'],
    [
      'sites: [{name: a, ip: 10.0.0.1, port: 1}, {name: b, ip: 10.0.0.2, port: 1}]\nshard_map: [[a], [b]]',
      'conf.yml: sites: lists shards on 2 hosts',
    ],
  ])('must be said where the shards are on several hosts', (yaml, expected) => {
    const { message } = usageFaultOf(() => resolve({}, yaml));
    expect(message).toContain(expected);
    expect(message).toContain('--shard-index or --local-shards');
  });
});

describe('warehouses of a shard', () => {
  it.each([
    ['--warehouses, over the file', { warehouses: 5, numThreads: 2 }, `${THREE_SHARDS}warehouses: 4`, 5],
    ["the file's", { numThreads: 2 }, `${THREE_SHARDS}warehouses: 4`, 4],
    ['one for each thread', { numThreads: 3 }, THREE_SHARDS, 3],
    ['one for each thread without a file', { numThreads: 3 }, null, 3],
  ])('are %s', (_, options, yaml, expected) => {
    expect(resolve(options, yaml).cluster.warehousesPerShard).toBe(expected);
  });

  it('must be enough for the threads', () => {
    const byOption = usageFaultOf(() => resolve({ numThreads: 4, warehouses: 3 })).message;
    expect(byOption).toContain('--num-threads: 4 is more than a shard of 3 warehouses (--warehouses) can use');
    const byFile = usageFaultOf(() => resolve({ numThreads: 2 }, `${THREE_SHARDS}warehouses: 1`)).message;
    expect(byFile).toContain('--num-threads: 2 is more than a shard of 1 warehouse (conf.yml: warehouses) can use');
  });
});

describe('--transport', () => {
  const by = (kind: TransportKind, options: Partial<RunOptions>, yaml: string | null = null) =>
    resolve({ ...options, transport: { kind, ringCapacityBytes: null } }, yaml);

  it.each([
    [
      'a file of which one shard runs here',
      { shardIndex: 0 },
      THREE_SHARDS,
      '2 of the 3 shards run in another process',
    ],
    [
      'a file of which two run here',
      { localShards: [0, 2] },
      THREE_SHARDS,
      '1 of the 3 shards runs in another process',
    ],
    ['no file and a shard below missing', { shardIndex: 1 }, null, '1 of the 2 shards runs in another process'],
  ])('shm is refused where it does not reach: %s', (_, options, yaml, expected) => {
    const { message } = usageFaultOf(() => by('shm', options, yaml));
    expect(message).toMatch(/^--transport shm: /);
    expect(message).toContain(expected);
    expect(message).toContain('use auto or tcp');
    for (const kind of ['auto', 'tcp'] as const) expect(by(kind, options, yaml).transport.kind).toBe(kind);
  });

  it('shm is good where every shard runs here', () => {
    expect(by('shm', {}, THREE_SHARDS).transport.kind).toBe('shm');
    expect(by('shm', { localShards: [0, 1] }).localShardIds).toEqual([0, 1]);
    expect(by('shm', {}).localShardIds).toEqual([0]);
  });
});

describe('replicas', () => {
  it('are recorded where the file has some', () => {
    const yaml = 'sites: [{name: a, ip: 10.0.0.1, port: 1}, {name: b, ip: 10.0.0.1, port: 2}]\nshard_map: [[a, b]]';
    expect(resolve({}, yaml).cluster.replicas).toEqual([
      { shardId: 0, replicaIndex: 1, name: 'b', host: '10.0.0.1', port: 2 },
    ]);
    expect(resolve({}, THREE_SHARDS).cluster).not.toHaveProperty('replicas');
  });

  it('warms up longer by default where workers share cores, and as long as it is told otherwise', () => {
    const warmup = (options: Partial<RunOptions>, cores: number) => {
      const { warmupSeconds, warmupByDefault } = resolveRunConfig({ ...OPTIONS, ...options }, null, cores);
      return [warmupSeconds, warmupByDefault];
    };
    expect(warmup({ warmupSeconds: null, numThreads: 1 }, 8)).toEqual([2, true]);
    expect(warmup({ warmupSeconds: null, numThreads: 4, localShards: [0, 1] }, 8)).toEqual([2, true]);
    expect(warmup({ warmupSeconds: null, numThreads: 4, localShards: [0, 1] }, 2)).toEqual([8, true]);
    expect(warmup({ warmupSeconds: 0, numThreads: 4, localShards: [0, 1] }, 2)).toEqual([0, false]);
  });
});
