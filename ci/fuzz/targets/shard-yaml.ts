/** Shard YAML: any text becomes a cluster or a message. */
import { renderShardYaml } from '../../../src/config/render-shard-yaml.ts';
import { resolveRunConfig } from '../../../src/config/resolve.ts';
import type { ShardFile } from '../../../src/config/shard-file.ts';
import { parseShardYaml } from '../../../src/config/shard-yaml.ts';
import { check, type FuzzTarget, type OpenTarget, valueOrFault } from '../fuzz-target.ts';
import { PLAIN_OPTIONS } from './plain-options.ts';

const SHARDS_FORM =
  'nshards: 2\nhost: 127.0.0.1\nwarehouses: 4\nshards:\n  - {shard_id: 0, port: 31000}\n  - {shard_id: 1, port: 31100}\n';
const GROUPS_FORM =
  'shards: 2\nreplicas: 2\nwarehouses: 4\nlocalhost:\n  - {name: a, index: 0, ip: 127.0.0.1, port: 31000}\n  - {name: b, index: 1, ip: h.example, port: 31100}\np1:\n  - {name: c, index: 1, ip: 10.0.0.1, port: 1}\n  - {name: d, index: 0, ip: "::1", port: 2}\nmemlocalhost: 11211\n';
const SITES_FORM =
  'sites:\n  - {name: s101, id: 1, ip: 127.0.0.1, port: 8100}\n  - {name: s102, ip: 127.0.0.1, port: 8102}\nshard_map:\n  - [s101]\n  - [s102]\nmulti_shard_mode: true\nlocal_shard_indices: [1, 0]\n';

function checkFile(file: ShardFile): void {
  const { form, shards, replicas, warehousesPerShard, localShardIds } = file;
  check(shards.length > 0 && shards.every(({ shardId }, i) => shardId === i), 'shards are not numbered from 0');
  for (const { port } of [...shards, ...replicas]) {
    check(Number.isInteger(port) && port >= 1 && port <= 65_535, 'a port is none');
  }
  check(localShardIds?.every((id) => id >= 0 && id < shards.length) ?? true, 'a local shard does not exist');
  const text = renderShardYaml({ form, shards, warehousesPerShard: warehousesPerShard ?? 1 });
  const again = parseShardYaml(text, 'again.yml');
  check(JSON.stringify(again.shards) === JSON.stringify(shards), 'an accepted cluster is written as another');
  check(again.form === form && again.warehousesPerShard === (warehousesPerShard ?? 1), 'it is written in another form');
}

export const SHARD_YAML: FuzzTarget = {
  name: 'shard-yaml',
  describe: 'Shard YAML in all its forms, up to the configuration of a run',
  bytesMax: 4_096,
  dictionary: [
    ...[
      'nshards: ',
      'host: ',
      'shards:\n',
      '  - {shard_id: 0, port: 31000}\n',
      'shards: 1\n',
      'replicas: 1\n',
      'localhost:\n',
    ],
    ...['p1:\n', 'learner:\n', '  - {name: a, index: 0, ip: h, port: 1}\n', 'sites:\n', 'shard_map:\n', '  - [a]\n'],
    ...[
      'warehouses: ',
      'multi_shard_mode: true\n',
      'local_shard_indices: [0]\n',
      'memp1: 1\n',
      '__proto__: ',
      'constructor: 1\n',
    ],
    ...[
      '&a ',
      '*a',
      '<<: *a',
      '!!binary ',
      '!!set ',
      '!!float .nan',
      '---\n',
      '...\n',
      '%YAML 1.2\n',
      '? ',
      '|-\n',
      '>\n',
      '"\\u001b"',
    ],
    ...[
      '~',
      'null',
      '0x10',
      '1e3',
      '-0',
      '.inf',
      '1_000',
      '2001-01-01',
      '# ',
      '\t',
      '\r\n',
      '\u2028',
      '\ufeff',
      '{',
      '}',
      '[',
      ']',
    ],
  ],
  guidedBy: /\/src\/config\/|\/node_modules\/js-yaml\//,
  knownFailures: [],
  seeds: () => [SHARDS_FORM, GROUPS_FORM, SITES_FORM],
  open: async (): Promise<OpenTarget> => ({
    execute: (input) => {
      const text = Buffer.from(input).toString('utf8');
      const file = valueOrFault(() => parseShardYaml(text, 'file.yml'));
      if (file === null) return;
      checkFile(file);
      const config = valueOrFault(() => resolveRunConfig(PLAIN_OPTIONS, file, 2));
      if (config === null) return;
      check(config.localShardIds.length > 0, 'a run has no shard');
      check(config.cluster.warehousesPerShard >= config.numThreads, 'a worker has no warehouse');
    },
    close: async () => {},
  }),
};
