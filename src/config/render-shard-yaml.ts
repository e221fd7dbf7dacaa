/** Writes shard YAML text in each of its forms; what `dbtest init` puts into a file. */
import { dump } from 'js-yaml';
import type { ShardAddress } from './run-config.ts';
import type { ShardFileForm } from './shard-file.ts';

/** A cluster as a file describes it. */
export interface ShardYamlContent {
  form: ShardFileForm;
  /** Ordered by shardId, 0..n-1. */
  shards: readonly ShardAddress[];
  warehousesPerShard: number;
}

/** @returns text that `parseShardYaml` reads back to the same addresses and warehouses */
export function renderShardYaml(content: ShardYamlContent): string {
  const { shards, warehousesPerShard } = content;
  const lines = [
    `# ${shards.length} shard${shards.length === 1 ? '' : 's'}, ${warehousesPerShard} warehouse${warehousesPerShard === 1 ? '' : 's'} each.`,
    '# Use it with: dbtest --shard-config FILE [--local-shards 0,1 | --shard-index 0]',
    ...FORMS[content.form](shards, warehousesPerShard),
  ];
  return `${lines.join('\n')}\n`;
}

/** A text as a YAML scalar, quoted only where it must be. */
const scalar = (text: string): string => dump(text).trimEnd();

const FORMS: Record<ShardFileForm, (shards: readonly ShardAddress[], warehousesPerShard: number) => string[]> = {
  shards: (shards, warehousesPerShard) => {
    const hosts = new Set(shards.map(({ host }) => host));
    const common = hosts.size === 1 ? [...hosts][0] : undefined;
    return [
      `nshards: ${shards.length}`,
      ...(common === undefined ? [] : [`host: ${scalar(common)}`]),
      `warehouses: ${warehousesPerShard}  # in each shard`,
      'shards:',
      ...shards.flatMap(({ shardId, host, port }) => [
        `  - shard_id: ${shardId}`,
        ...(common === undefined ? [`    host: ${scalar(host)}`] : []),
        `    port: ${port}`,
      ]),
    ];
  },
  groups: (shards, warehousesPerShard) => [
    `shards: ${shards.length}`,
    `warehouses: ${warehousesPerShard}  # in each shard`,
    'localhost:  # the leaders',
    ...shards.flatMap(({ shardId, host, port }) => [
      `  - name: shard${shardId}`,
      `    index: ${shardId}`,
      `    ip: ${scalar(host)}`,
      `    port: ${port}`,
    ]),
  ],
  sites: (shards, warehousesPerShard) => [
    'sites:',
    ...shards.flatMap(({ shardId, host, port }) => [
      `  - name: shard${shardId}`,
      `    ip: ${scalar(host)}`,
      `    port: ${port}`,
    ]),
    'shard_map:  # one list for each shard, its leader first',
    ...shards.map(({ shardId }) => `  - [shard${shardId}]`),
    `warehouses: ${warehousesPerShard}  # in each shard`,
  ],
};
