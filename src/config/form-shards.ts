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
    fields.refuseUnknownKeys(['shard_id', 'port', 'host', 'url']);
    const url = fields.has('url') ? fields.text('url') : null;
    return {
      id: fields.wholeNumber('shard_id', 0, MOST_SHARDS - 1),
      host: fields.has('host') ? fields.host('host') : commonHost,
      // A database has its address in the URL.
      port: url === null || fields.has('port') ? fields.port('port') : null,
      url,
      fields,
    };
  });
  if (entries.length !== shardCount) {
    throw root.fault('nshards', `is ${shardCount}, but shards lists ${entries.length}; make them agree`);
  }
  refuseBrokenNumbering(entries, 'shard_id');
  const own = entries.flatMap((entry) => (entry.port === null ? [] : [{ ...entry, port: entry.port }]));
  refuseSharedPorts(own);
  const urls = readUrls(root, entries);
  return {
    path: root.file,
    form: 'shards',
    shards: entries
      .map(({ id, host, port }) => ({ shardId: id, host, port: port ?? 0 }))
      .sort((left, right) => left.shardId - right.shardId),
    ...(urls === null ? {} : { urls }),
    replicas: [],
    warehousesPerShard: readWarehouses(root),
    localShardIds: readLocalShardIds(root, shardCount),
  };
}

/** By shard; null where no shard has one. */
function readUrls(
  root: MappingFields,
  entries: readonly { id: number; url: string | null; fields: MappingFields }[],
): string[] | null {
  const without = entries.find(({ url }) => url === null);
  if (without === undefined) return [...entries].sort((a, b) => a.id - b.id).map(({ url }) => url as string);
  if (entries.every(({ url }) => url === null)) return null;
  throw root.fault('shards', `shard ${without.id} has no url and others have one; give one to each or to none`);
}
