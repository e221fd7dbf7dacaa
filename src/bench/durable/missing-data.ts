/** Folders that hold nothing, where something is to be recovered. */
import { assert } from '../../assert.ts';
import type { RunConfig } from '../../config/run-config.ts';
import { NodeDisk } from '../../durability/disk.ts';
import { type OperatingFault, usageFault } from '../../errors.ts';
import { shardFolder } from './identity.ts';

/** Before anything is made there. @throws OperatingFault USAGE, FILE for a folder that may not be read */
export function refuseMissing({ durability, localShardIds }: RunConfig): void {
  assert(durability !== undefined, 'what is recovered is in files');
  const disk = new NodeDisk();
  if (localShardIds.some((shardId) => disk.list(shardFolder(durability.dataDir, shardId)) !== null)) return;
  throw noData(durability.dataDir);
}

export const noData = (dataDir: string): OperatingFault =>
  usageFault(`--data-dir: ${dataDir} holds no data; load some with dbtest load, or see whether the path is right`);
