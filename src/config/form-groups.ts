/**
 * The older form of the shard YAML: `shards: 2` is a number, and each replica group (`localhost`, `p1`, `p2`, `learner`)
 * lists an address for every shard. The group `localhost` holds the leaders, which dbtest runs.
 */
import type { MappingFields } from './fields.ts';
import type { ClusterRole, ReplicaAddress, ShardAddress } from './run-config.ts';
import {
  COMMON_KEYS,
  MOST_SHARDS,
  readLocalShardIds,
  readWarehouses,
  refuseBrokenNumbering,
  refuseSharedPorts,
  type ShardFile,
} from './shard-file.ts';
import { shownText } from './shown.ts';

/** The leaders' group first. */
export const GROUPS: readonly ClusterRole[] = ['localhost', 'p1', 'p2', 'learner'];

/** Keys that files of this form carry for their replication and that mean nothing here. */
export const REPLICATION_PORT_KEYS = ['memlocalhost', 'memp1', 'memp2', 'memlearner'] as const;

/** Keys of the document. */
export const GROUPS_FORM_KEYS = ['shards', 'replicas', ...GROUPS, ...COMMON_KEYS, ...REPLICATION_PORT_KEYS] as const;

interface GroupMember {
  id: number;
  name: string;
  host: string;
  port: number;
  fields: MappingFields;
}

/** Every group is validated, since a broken one is a mistake in the file; only the leaders are used. */
export function readGroupsForm(root: MappingFields): ShardFile {
  root.refuseUnknownKeys(GROUPS_FORM_KEYS);
  const shardCount = root.wholeNumber('shards', 1, MOST_SHARDS);
  if (root.has('replicas')) root.wholeNumber('replicas', 1, MOST_SHARDS);
  for (const key of REPLICATION_PORT_KEYS) if (root.has(key)) root.port(key);
  const everyMember: GroupMember[] = [];
  const shards: ShardAddress[] = [];
  const replicas: ReplicaAddress[] = [];
  GROUPS.forEach((group, replicaIndex) => {
    if (replicaIndex > 0 && !root.has(group)) return;
    const members = readGroup(root, group, shardCount);
    everyMember.push(...members);
    for (const { id, name, host, port } of members.toSorted((left, right) => left.id - right.id)) {
      if (replicaIndex === 0) shards.push({ shardId: id, host, port });
      else replicas.push({ shardId: id, replicaIndex, name, host, port });
    }
  });
  refuseSharedPorts(everyMember);
  return {
    path: root.file,
    form: 'groups',
    shards,
    replicas,
    warehousesPerShard: readWarehouses(root),
    localShardIds: readLocalShardIds(root, shardCount),
  };
}

function readGroup(root: MappingFields, group: string, shardCount: number): GroupMember[] {
  const names = new Map<string, string>();
  const members = root.mappings(group, '{name, index, ip, port}').map((fields) => {
    fields.refuseUnknownKeys(['name', 'index', 'ip', 'port']);
    const name = fields.text('name');
    const owner = names.get(name);
    if (owner !== undefined)
      throw fields.fault('name', `${shownText(name)} is the name of ${owner} already; give another`);
    names.set(name, fields.path);
    const id = fields.wholeNumber('index', 0, MOST_SHARDS - 1);
    return { id, name, host: fields.host('ip'), port: fields.port('port'), fields };
  });
  if (members.length !== shardCount) {
    throw root.fault(group, `lists ${members.length}, but shards is ${shardCount}; give every shard one entry`);
  }
  refuseBrokenNumbering(members, 'index');
  return members;
}
