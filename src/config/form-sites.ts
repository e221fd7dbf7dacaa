/**
 * The form of the shard YAML by sites: `sites: [{name, ip, port}]`, and `shard_map` with a list of site names for each
 * shard, in the order of the shard ids. The first site of each list is the leader, which dbtest runs.
 */
import type { MappingFields } from './fields.ts';
import { REPLICATION_PORT_KEYS } from './form-groups.ts';
import type { ReplicaAddress, ShardAddress } from './run-config.ts';
import {
  COMMON_KEYS,
  MOST_SHARDS,
  readLocalShardIds,
  readWarehouses,
  refuseSharedPorts,
  type ShardFile,
} from './shard-file.ts';
import { shownText } from './shown.ts';
import { suggestion } from './suggest.ts';

/** Keys of the document. */
export const SITES_FORM_KEYS = ['sites', 'shard_map', ...COMMON_KEYS, ...REPLICATION_PORT_KEYS] as const;

interface Site {
  name: string;
  host: string;
  port: number;
  fields: MappingFields;
}

/** Every site belongs to exactly one shard: a site left out or used twice is a slip in one of the two lists. */
export function readSitesForm(root: MappingFields): ShardFile {
  root.refuseUnknownKeys(SITES_FORM_KEYS);
  for (const key of REPLICATION_PORT_KEYS) if (root.has(key)) root.port(key);
  const sites = readSites(root);
  const shardMap = root.textLists('shard_map', 'site names');
  if (shardMap.length > MOST_SHARDS) {
    throw root.fault('shard_map', `lists ${shardMap.length} shards; give at most ${MOST_SHARDS}`);
  }
  const places = new Map<string, string>();
  const shards: ShardAddress[] = [];
  const replicas: ReplicaAddress[] = [];
  shardMap.forEach((names, shardId) => {
    names.forEach((name, replicaIndex) => {
      const place = `shard_map[${shardId}][${replicaIndex}]`;
      const site = sites.get(name);
      if (site === undefined) {
        const known = [...sites.keys()];
        const fallback = '; add it to sites or name one of them';
        throw root.fault(place, `${shownText(name)} is not in sites${suggestion(name, known, fallback)}`);
      }
      const owner = places.get(name);
      if (owner !== undefined) throw root.fault(place, `${shownText(name)} stands in ${owner} already; use it once`);
      places.set(name, place);
      const { host, port } = site;
      if (replicaIndex === 0) shards.push({ shardId, host, port });
      else replicas.push({ shardId, replicaIndex, name, host, port });
    });
  });
  for (const site of sites.values()) {
    if (!places.has(site.name)) {
      throw site.fields.fault(
        'name',
        `${shownText(site.name)} stands in no list of shard_map; add it there or remove it`,
      );
    }
  }
  return {
    path: root.file,
    form: 'sites',
    shards,
    replicas,
    warehousesPerShard: readWarehouses(root),
    localShardIds: readLocalShardIds(root, shardMap.length),
  };
}

function readSites(root: MappingFields): Map<string, Site> {
  const sites = new Map<string, Site>();
  for (const fields of root.mappings('sites', '{name, ip, port}')) {
    fields.refuseUnknownKeys(['name', 'id', 'ip', 'port']);
    const name = fields.text('name');
    const owner = sites.get(name);
    if (owner !== undefined) {
      throw fields.fault('name', `${shownText(name)} is the name of ${owner.fields.path} already; give another`);
    }
    if (fields.has('id')) fields.wholeNumber('id', 0, Number.MAX_SAFE_INTEGER);
    sites.set(name, { name, host: fields.host('ip'), port: fields.port('port'), fields });
  }
  refuseSharedPorts([...sites.values()]);
  return sites;
}
