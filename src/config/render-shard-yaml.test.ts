import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostProblem } from './fields.ts';
import { renderShardYaml } from './render-shard-yaml.ts';
import { defaultShards } from './resolve.ts';
import { parseShardYaml } from './shard-yaml.ts';

const FORMS = ['shards', 'groups', 'sites'] as const;

const hosts = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.domain(),
  fc
    .constantFrom('localhost', 'true', 'null', '1e3', '0x1f', 'y', 'off', 'db-1', '::1')
    .filter((host) => hostProblem(host) === null),
);

describe('renderShardYaml', () => {
  it.each(FORMS)('writes the form %s so that it reads back to the same addresses', (form) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 1_000_000 }),
        hosts,
        fc.integer({ min: 1, max: 60_000 }),
        (shardCount, warehousesPerShard, host, basePort) => {
          const shards = defaultShards(shardCount, host, basePort);
          const file = parseShardYaml(renderShardYaml({ form, shards, warehousesPerShard }), 'rendered.yml');
          expect(file).toEqual({
            path: 'rendered.yml',
            form,
            shards,
            replicas: [],
            warehousesPerShard,
            localShardIds: null,
          });
        },
      ),
    );
  });

  it.each(FORMS)('keeps a host for each shard in the form %s', (form) => {
    const shards = [
      { shardId: 0, host: '10.0.0.1', port: 31000 },
      { shardId: 1, host: '10.0.0.2', port: 31000 },
    ];
    expect(parseShardYaml(renderShardYaml({ form, shards, warehousesPerShard: 1 }), 'rendered.yml').shards).toEqual(
      shards,
    );
  });
});
