/** The plain form of the shard YAML: `nshards`, `host` and `shards: [{shard_id, port}]`. */
import type { MappingFields } from './fields.ts';
import {
  COMMON_KEYS,
  MOST_SHARDS,
  readLocalShardIds,
  readWarehouses,
  refuseBrokenNumbering,
  refuseSharedPorts,
  type ShardFile,
} from './shard-file.ts';

/** Where shards listen when the file does not say: nothing outside this machine reaches them. */
const DEFAULT_HOST = '127.0.0.1';

/** Keys of the document. */
export const SHARDS_FORM_KEYS = ['nshards', 'host', 'shards', ...COMMON_KEYS] as const;

/** `host` is the default of all shards; a shard may carry its own. */
export function readShardsForm(root: MappingFields): ShardFile {
  root.refuseUnknownKeys(SHARDS_FORM_KEYS);
  const shardCount = root.wholeNumber('nshards', 1, MOST_SHARDS);
  const commonHost = root.has('host') ? root.host('host') : DEFAULT_HOST;
  const entries = root.mappings('shards', '{shard_id, port}').map((fields) => {
    fields.refuseUnknownKeys(['shard_id', 'port', 'host']);
    return {
      id: fields.wholeNumber('shard_id', 0, MOST_SHARDS - 1),
      host: fields.has('host') ? fields.host('host') : commonHost,
      port: fields.port('port'),
      fields,
    };
  });
  if (entries.length !== shardCount) {
    throw root.fault('nshards', `is ${shardCount}, but shards lists ${entries.length}; make them agree`);
  }
  refuseBrokenNumbering(entries, 'shard_id');
  refuseSharedPorts(entries);
  return {
    path: root.file,
    form: 'shards',
    shards: entries
      .map(({ id, host, port }) => ({ shardId: id, host, port }))
      .sort((left, right) => left.shardId - right.shardId),
    replicas: [],
    warehousesPerShard: readWarehouses(root),
    localShardIds: readLocalShardIds(root, shardCount),
  };
}
