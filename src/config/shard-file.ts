/** What a shard YAML says, in whichever of its forms, and the checks that all forms share. */
import type { OperatingFault } from '../errors.ts';
import type { MappingFields } from './fields.ts';
import type { ReplicaAddress, ShardAddress } from './run-config.ts';

/** The forms of the shard YAML: `nshards` with a list, groups by role, sites with a map. */
export type ShardFileForm = 'shards' | 'groups' | 'sites';

/** A shard YAML, validated. */
export interface ShardFile {
  path: string;
  form: ShardFileForm;
  /** Where the leaders are, ordered by shardId, 0..n-1 without gaps. */
  shards: ShardAddress[];
  /** By shard: the database that it is. Absent where shards are dbtest's own. */
  urls?: string[];
  /** Where the file puts the other replicas; dbtest runs none of them. */
  replicas: ReplicaAddress[];
  /** Null when the file leaves it to the command line. */
  warehousesPerShard: number | null;
  /** Shards of this process by the file (`multi_shard_mode`), ascending; null when it does not say. */
  localShardIds: number[] | null;
}

/** More is a typing error sooner than a cluster. */
export const MOST_SHARDS = 1000;
export const MOST_WAREHOUSES_PER_SHARD = 1_000_000;

/** Keys that every form may carry. */
export const COMMON_KEYS = ['warehouses', 'multi_shard_mode', 'local_shard_indices'] as const;

/** `warehouses`, the number in each shard. */
export const readWarehouses = (root: MappingFields): number | null =>
  root.has('warehouses') ? root.wholeNumber('warehouses', 1, MOST_WAREHOUSES_PER_SHARD) : null;

/**
 * `multi_shard_mode` and `local_shard_indices`. The mode is the switch: true runs the listed shards (all of them without
 * a list), false keeps the list without using it. A list without the switch would silently do nothing, so it is refused.
 */
export function readLocalShardIds(root: MappingFields, shardCount: number): number[] | null {
  const listed = root.has('local_shard_indices')
    ? root.wholeNumbers('local_shard_indices', 'shard ids', 0, shardCount - 1)
    : null;
  listed?.forEach((id, position) => {
    const first = listed.indexOf(id);
    if (first !== position) {
      const what = `${id} stands in local_shard_indices[${first}] already; list each shard once`;
      throw root.fault(`local_shard_indices[${position}]`, what);
    }
  });
  if (!root.has('multi_shard_mode')) {
    if (listed === null) return null;
    throw root.fault('local_shard_indices', 'has no effect without multi_shard_mode; add multi_shard_mode: true');
  }
  if (!root.flag('multi_shard_mode')) return null;
  return listed?.toSorted((left, right) => left - right) ?? Array.from({ length: shardCount }, (_, id) => id);
}

/** Where an id stands in the file. */
export interface NumberedEntry {
  id: number;
  fields: MappingFields;
}

/**
 * Refuses ids that do not number `entries` 0..n-1.
 * @param key the field that holds the id: `shard_id`, `index`
 */
export function refuseBrokenNumbering(entries: readonly NumberedEntry[], key: string): void {
  const owners = new Map<number, NumberedEntry>();
  for (const entry of entries) {
    const owner = owners.get(entry.id);
    if (owner !== undefined) {
      throw entry.fields.fault(key, `${entry.id} belongs to ${owner.fields.path} already; give each shard its own`);
    }
    owners.set(entry.id, entry);
  }
  const missing = entries.findIndex((_, id) => !owners.has(id));
  if (missing < 0) return;
  const outside = entries.find((entry) => entry.id >= entries.length) as NumberedEntry;
  const wanted = entries.length === 1 ? 'the only one must be 0' : `${missing} is missing`;
  throw outside.fields.fault(key, `${outside.id} leaves a gap: ${wanted}; number from 0 to ${entries.length - 1}`);
}

/** Where an address stands in the file. */
export interface AddressedEntry {
  host: string;
  port: number;
  fields: MappingFields;
}

/** Refuses two entries that would listen at one host and port. */
export function refuseSharedPorts(entries: readonly AddressedEntry[]): void {
  const owners = new Map<string, AddressedEntry>();
  for (const entry of entries) {
    const host = entry.host.toLowerCase() === 'localhost' ? '127.0.0.1' : entry.host.toLowerCase();
    const address = `${host} ${entry.port}`;
    const owner = owners.get(address);
    if (owner !== undefined) throw sharedPort(entry, owner);
    owners.set(address, entry);
  }
}

const sharedPort = (entry: AddressedEntry, owner: AddressedEntry): OperatingFault =>
  entry.fields.fault(
    'port',
    `${entry.port} on ${entry.host} is the port of ${owner.fields.path} already; give each its own`,
  );
