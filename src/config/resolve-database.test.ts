import { describe, expect, it } from 'vitest';
import { type RunOptions, resolveRunConfig } from './resolve.ts';
import { DATABASE_WARMUP_SECONDS, resolveDatabaseConfig } from './resolve-database.ts';
import type { DatabaseConfig } from './run-config.ts';
import { parseShardYaml } from './shard-yaml.ts';
import { usageFaultOf } from './testing/fault.ts';

const OPTIONS = { numThreads: 4, terminalsPerWarehouse: 10, warehouses: null, warmupSeconds: null } as RunOptions;
const DATABASE = { driver: 'postgres', places: ['postgres://a/x', 'postgres://b/x'] } as DatabaseConfig;
const ADDRESSES = [
  { host: 'a', port: 5432 },
  { host: 'b', port: 5433 },
];
const TWO = `
nshards: 2
warehouses: 3
shards: [{shard_id: 1, url: "postgres://me:s3cret@b:5433/x"}, {shard_id: 0, url: "postgres://a/x"}]
`;
const parse = (text: string) => parseShardYaml(text, 'two.yaml');

describe('a shard YAML of databases', () => {
  it('has the URLs by shard', () => {
    expect(parse(TWO).urls).toEqual(['postgres://a/x', 'postgres://me:s3cret@b:5433/x']);
  });

  it('gives one to each shard or to none', () => {
    const fault = usageFaultOf(() => parse('nshards: 2\nshards: [{shard_id: 0, url: x}, {shard_id: 1, port: 1}]'));
    expect(fault.message).toBe('two.yaml: shards: shard 1 has no url and others have one; give one to each or to none');
    expect(usageFaultOf(() => parse('nshards: 1\nshards: [{shard_id: 0}]')).message).toContain(
      'shards[0].port: is missing',
    );
  });

  it('is not for the embedded engine', () => {
    const fault = usageFaultOf(() => resolveRunConfig({ ...OPTIONS, localShards: null, shardIndex: null }, parse(TWO)));
    expect(fault.message).toContain('they are databases (url); say which with --driver');
    expect(fault.message).not.toContain('s3cret');
  });
});

describe('the configuration of a run on databases', () => {
  it('has a shard for each, all of them here, at the addresses of the URLs', () => {
    const config = resolveDatabaseConfig(OPTIONS, DATABASE, ADDRESSES, parse(TWO));
    expect(config.cluster).toEqual({
      source: 'two.yaml',
      shards: [
        { shardId: 0, host: 'a', port: 5432 },
        { shardId: 1, host: 'b', port: 5433 },
      ],
      warehousesPerShard: 3,
    });
    expect(config).toMatchObject({
      localShardIds: [0, 1],
      warmupSeconds: DATABASE_WARMUP_SECONDS,
      warmupByDefault: true,
    });
    expect(JSON.stringify(config)).not.toContain('s3cret');
  });

  it('leaves the warehouses open where nobody says how many', () => {
    expect(resolveDatabaseConfig(OPTIONS, DATABASE, ADDRESSES, null).cluster.warehousesPerShard).toBe(0);
    const options = { ...OPTIONS, warehouses: 7 };
    expect(resolveDatabaseConfig(options, DATABASE, ADDRESSES, parse(TWO)).cluster.warehousesPerShard).toBe(7);
  });

  it('has no more sessions than terminals', () => {
    const options = { ...OPTIONS, numThreads: 11, warehouses: 1 };
    const fault = usageFaultOf(() => resolveDatabaseConfig(options, DATABASE, ADDRESSES, null));
    expect(fault.message).toContain('11 sessions are more than the 10 terminals of 1 warehouse; use at most 10');
  });
});
