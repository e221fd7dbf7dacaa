/** Servers on disks that are soon full: a tmpfs of the wanted size, which only the server sees. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Installation } from './installation.ts';
import type { ServerFolder } from './server.ts';

const SCRIPT = fileURLToPath(new URL('./small-disk.sh', import.meta.url));

/** The installation where this machine lets tests mount a disk; else one that says why it does not. */
export function withSmallDisks(installation: Installation): Installation {
  if (!installation.found) return installation;
  const { product } = installation;
  const isRoot = process.getuid?.() === 0;
  const mount = ['-m', 'sh', '-c', 'mount -t tmpfs -o size=64k none /mnt && command -v setpriv'];
  if (isRoot && spawnSync('unshare', mount).status === 0) return installation;
  return { product, found: false, reason: 'tests mount a small disk as root on Linux, where mounting is permitted' };
}

/** What starts a server with its data on a disk of this size: by root. They are copied there at each start. */
export function onSmallDisk({ data, user }: ServerFolder, sizeBytes: number, command: readonly string[]): string[] {
  if (user === undefined) throw new Error('only root mounts a disk');
  const disk = [data, String(sizeBytes), String(user.uid), String(user.gid)];
  return ['unshare', '-m', '/bin/sh', SCRIPT, ...disk, ...command];
}
