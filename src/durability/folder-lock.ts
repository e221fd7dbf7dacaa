/**
 * One process for each folder, without locks of the system, which Node does not offer. A process that wants a folder puts a
 * file there that has its own name, and then looks whose others there are; it holds the folder once it sees nobody else's.
 * Since everybody's file is there before they look, of two at least one sees the other. Names are never used twice, so that
 * removing what a killed process left behind takes nothing from a living one: it is told by the time at which it began.
 *
 * Processes of other machines, or of containers that do not see each other's processes, are taken for ended.
 */
import { existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { EXIT, fileFault, OperatingFault } from '../errors.ts';
import { attempt, type Disk, NodeDisk } from './disk.ts';

const PREFIX = 'in-use.';
const OURS = /^in-use\.\d+(\.\d+\.[\da-f-]+)?$/;
/** How often others are looked at that want the same folder at the same time. Each look takes microseconds. */
const LOOKS_MOST = 20_000;
/** A file with anything in it says that the folder is taken; an empty one, that somebody wants it. */
const TAKEN = new TextEncoder().encode('taken\n');

/** Who processes are, by names that differ over time and machines. */
export interface Processes {
  readonly mine: string;
  /** Begins with its number. */
  isLiving(name: string): boolean;
}

export class FolderLock {
  private readonly disk: Disk;
  private readonly folder: string;
  private readonly path: string;
  /** The outermost folder that did not exist, or undefined. */
  private readonly made: string | undefined;
  private held = true;

  /**
   * Takes the folder, which is made where it does not exist.
   * @throws OperatingFault CONFIG where another process has it, FILE
   */
  constructor(folder: string, processes: Processes = new SystemProcesses(), disk: Disk = new NodeDisk()) {
    this.folder = folder;
    this.disk = disk;
    this.path = `${folder}/${PREFIX}${processes.mine}`;
    this.made = attempt('create', folder, () => makeFolder(folder), EXIT.usage);
    if (this.made !== undefined) {
      for (let each = folder; each.length >= this.made.length; each = dirname(each)) disk.syncFolder(dirname(each));
    }
    const steps = takeFolder(folder, processes, disk);
    try {
      while (steps.next().done !== true);
    } catch (error) {
      this.removeMade();
      throw error;
    }
  }

  /** The folder is free again; gone, where it was made for this and nothing came into it. */
  release(): void {
    if (!this.held) return;
    this.held = false;
    this.disk.remove(this.path);
    this.removeMade();
  }

  private removeMade(): void {
    if (this.made === undefined) return;
    try {
      for (let each = this.folder; each.length >= this.made.length; each = dirname(each)) rmdirSync(each);
    } catch {
      // Something is in it.
    }
  }
}

/**
 * What taking a folder does, with a rest before each step on the disk: a test lets several take the same one by turns.
 * @throws OperatingFault CONFIG where another process has it, FILE
 */
export function* takeFolder(folder: string, processes: Processes, disk: Disk): Generator<void, void, void> {
  const mine = `${PREFIX}${processes.mine}`;
  const path = `${folder}/${mine}`;
  yield;
  if ((disk.list(folder) ?? []).includes(mine)) throw inUse(folder, processes.mine);
  const file = unbegun(folder, () => disk.create(path));
  try {
    for (let looks = 0; ; looks++) {
      const rival = yield* findRival(folder, processes, disk);
      if (rival === null) break;
      // Of those that come at the same time the first by name takes it; it waits until the others have seen that.
      yield;
      const waits = looks < LOOKS_MOST && mine < rival && sizeOf(disk, `${folder}/${rival}`) === 0;
      if (!waits) throw inUse(folder, rival.slice(PREFIX.length));
    }
    yield;
    unbegun(folder, () => file.append(TAKEN, TAKEN.length));
    file.close();
  } catch (error) {
    file.close();
    disk.remove(path);
    throw error;
  }
}

/** @returns the file of another living process, one that has the folder before one that wants it, the first by name; or null */
function* findRival(folder: string, processes: Processes, disk: Disk): Generator<void, string | null, void> {
  yield;
  const names = unbegun(folder, () => disk.list(folder) ?? []);
  let rival: string | null = null;
  for (const name of names.filter((each) => OURS.test(each))) {
    const process = name.slice(PREFIX.length);
    if (process === processes.mine) continue;
    yield;
    if (!processes.isLiving(process)) unbegun(folder, () => disk.remove(`${folder}/${name}`));
    else if (rival === null || sizeOf(disk, `${folder}/${name}`) > 0) rival = name;
  }
  return rival;
}

/** @returns 0 for a file that has gone meanwhile, too: another look shows it */
function sizeOf(disk: Disk, path: string): number {
  try {
    return disk.sizeBytes(path);
  } catch {
    return 0;
  }
}

/** Nothing has begun yet, so that what is wrong is with the folder that the user wants, whatever file it shows at. */
function unbegun<T>(folder: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof OperatingFault)) throw error;
    throw fileFault('use', folder, error.cause ?? error);
  }
}

/** @returns the outermost folder that did not exist, or undefined */
function makeFolder(folder: string): string | undefined {
  try {
    return mkdirSync(folder, { recursive: true });
  } catch (error) {
    // That is said of a folder below one that cannot be made, for whatever reason: the making of that one says which.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    let outermost = folder;
    while (!existsSync(dirname(outermost))) outermost = dirname(outermost);
    mkdirSync(outermost);
    throw error;
  }
}

const inUse = (folder: string, process: string): OperatingFault =>
  new OperatingFault(
    'CONFIG',
    EXIT.usage,
    `${folder}: process ${Number.parseInt(process, 10)} runs on it; end that one, or give another --data-dir`,
  );

/** Those of this machine, since it was started. */
class SystemProcesses implements Processes {
  readonly mine = nameOf(process.pid) ?? `${process.pid}`;

  isLiving(name: string): boolean {
    const pid = Number.parseInt(name, 10);
    if (!(Number.isSafeInteger(pid) && pid > 0)) return false;
    const living = nameOf(pid);
    // Where a process does not say when it began, the number is all there is.
    return living !== null && (living === name || name === `${pid}` || living === `${pid}`);
  }
}

/** @returns the number of the process with the time at which it began, or null where there is none */
function nameOf(pid: number): string | null {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return null;
  }
  try {
    // After the process's own name, which may hold anything, in brackets: field 22 is the start, in ticks since boot.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const startTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${pid}.${startTicks}.${boot}`;
  } catch {
    return `${pid}`;
  }
}
