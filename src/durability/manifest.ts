/**
 * What a shard's folder holds: the snapshots of its workers, the place in the log at which they were taken, and whose data
 * they are. A small JSON file, replaced as a whole; what it does not name is left over and may go.
 */
import { crc32 } from 'node:zlib';
import { EXIT, OperatingFault } from '../errors.ts';
import type { Disk } from './disk.ts';
import type { LogIdentity } from './shard-log.ts';

const NAME = 'manifest.json';
const ASIDE = 'manifest.json.partial';
const SCHEMA_VERSION = 3;
const MOST_BYTES = 1 << 20;

export interface Manifest {
  identity: LogIdentity;
  /** Epochs up to this are in the snapshots, and closed in every shard. */
  epoch: number;
  /** The snapshots hold what blocks before this one say. */
  firstBlock: number;
  /** By worker of the shard: the file's name in the folder. */
  snapshots: string[];
  /**
   * How much of which log files was on disk when this was written, by name: what is not there any more, or not intact, is
   * no torn tail. Whoever made nothing sure leaves it out.
   */
  logBytes?: Record<string, number>;
  /** Every shard was durable up to this when it was written. */
  clusterEpoch?: number;
}

/** @throws OperatingFault FILE; the old manifest is in force then */
export function writeManifest(disk: Disk, folder: string, manifest: Manifest): void {
  const aside = `${folder}/${ASIDE}`;
  disk.remove(aside);
  const content = { schemaVersion: SCHEMA_VERSION, ...manifest };
  const text = JSON.stringify({ ...content, checksum: checksumOf(content) }, null, 2);
  const bytes = new TextEncoder().encode(`${text}\n`);
  const file = disk.create(aside);
  file.append(bytes, bytes.length);
  file.sync();
  file.close();
  disk.rename(aside, `${folder}/${NAME}`);
  disk.syncFolder(folder);
}

/**
 * @returns null where the folder holds no data
 * @throws OperatingFault DAMAGED, CONFIG for the data of another cluster
 */
export function readManifest(disk: Disk, folder: string, identity: LogIdentity): Manifest | null {
  const path = `${folder}/${NAME}`;
  const names = disk.list(folder);
  if (names === null || !names.includes(NAME)) {
    if (names?.some((name) => name.endsWith('.dblog'))) {
      throw new OperatingFault(
        'DAMAGED',
        EXIT.usage,
        `${path}: it is missing beside log files: a load was cut short, or the file was lost; empty the folder and load the data, or restore it from a copy`,
      );
    }
    return null;
  }
  const bytes = new Uint8Array(Math.min(MOST_BYTES, disk.sizeBytes(path)));
  disk.read(path, 0, bytes, bytes.length);
  const manifest = parse(path, new TextDecoder().decode(bytes));
  const differing = (Object.keys(identity) as (keyof LogIdentity)[]).filter(
    (key) => manifest.identity[key] !== identity[key],
  );
  if (differing.length > 0) {
    const list = differing.map((key) => `${key} ${manifest.identity[key]} instead of ${identity[key]}`).join(', ');
    throw new OperatingFault(
      'CONFIG',
      EXIT.usage,
      `${path}: written by another configuration (${list}); use that one, or another --data-dir`,
    );
  }
  if (manifest.snapshots.length !== identity.workers)
    throw damaged(path, 'it does not name a snapshot for each worker');
  for (const name of [...manifest.snapshots, ...Object.keys(manifest.logBytes ?? {})])
    if (!names.includes(name)) throw damaged(`${folder}/${name}`, 'it is missing');
  return manifest;
}

/** Of the fields without itself: a digit that changed would be another place in the log, and nobody would see it. */
const checksumOf = (content: object): string => crc32(JSON.stringify(content)).toString(16).padStart(8, '0');

function parse(path: string, text: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged(path, text === '' ? 'the file is empty' : 'it is no JSON');
  }
  const { checksum, ...manifest } = (value ?? {}) as Partial<Manifest & { schemaVersion: number; checksum: string }>;
  const version = manifest.schemaVersion;
  if (typeof version === 'number' && version !== SCHEMA_VERSION) {
    const remedy = version > SCHEMA_VERSION ? 'use that one' : 'use that one or load the data again';
    throw new OperatingFault(
      'CONFIG',
      EXIT.usage,
      `${path}: written by another version of dbtest (schema ${version} instead of ${SCHEMA_VERSION}); ${remedy}`,
    );
  }
  if (checksum !== checksumOf(manifest)) throw damaged(path, 'the checksum does not match');
  const isWhole =
    version === SCHEMA_VERSION &&
    typeof manifest.identity === 'object' &&
    manifest.identity !== null &&
    Number.isSafeInteger(manifest.epoch) &&
    Number.isSafeInteger(manifest.firstBlock) &&
    Array.isArray(manifest.snapshots) &&
    manifest.snapshots.every((name) => typeof name === 'string' && /^[\w.-]+$/.test(name)) &&
    Number.isSafeInteger(manifest.clusterEpoch ?? 0) &&
    Object.values(manifest.logBytes ?? {}).every((sizeBytes) => Number.isSafeInteger(sizeBytes));
  if (!isWhole) throw damaged(path, 'a field is missing or impossible');
  return manifest as Manifest;
}

const damaged = (path: string, what: string): OperatingFault =>
  new OperatingFault(
    'DAMAGED',
    EXIT.usage,
    `${path}: ${what}; restore the folder from a copy or load the data into an empty folder`,
  );
