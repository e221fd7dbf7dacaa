/**
 * One process for each folder: a file that says whose it is, made so that only one can. What a killed process leaves behind
 * is told from a living one by the time at which the process began, so that a number that is used again misleads nobody.
 */
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { EXIT, fileFault, OperatingFault } from '../errors.ts';

const NAME = 'in-use';
const TRIES = 5;

export class FolderLock {
  private readonly path: string;
  private held = true;

  /**
   * Takes the folder, which is made where it does not exist.
   * @throws OperatingFault CONFIG where another process has it, FILE
   */
  constructor(folder: string) {
    this.path = `${folder}/${NAME}`;
    const mine = identityOf(process.pid) ?? `${process.pid} ?`;
    const aside = `${this.path}.${process.pid}`;
    try {
      mkdirSync(folder, { recursive: true });
      writeFileSync(aside, mine);
      for (let tries = 0; ; tries++) {
        if (this.claim(aside)) break;
        if (tries === TRIES) throw new Error('it changes hands again and again');
        this.removeStale(folder);
      }
    } catch (error) {
      if (error instanceof OperatingFault) throw error;
      throw fileFault('take', this.path, error);
    } finally {
      removeAside(aside);
    }
  }

  release(): void {
    if (!this.held) return;
    this.held = false;
    rmSync(this.path, { force: true });
  }

  private claim(aside: string): boolean {
    try {
      linkSync(aside, this.path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  }

  private removeStale(folder: string): void {
    let owner: string;
    try {
      owner = readFileSync(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
    const pid = Number.parseInt(owner, 10);
    const living = Number.isSafeInteger(pid) && pid > 0 ? identityOf(pid) : null;
    if (living === owner || (living !== null && owner.endsWith('?'))) {
      throw new OperatingFault(
        'CONFIG',
        EXIT.usage,
        `${folder}: process ${pid} runs on it; end that one, or give another --data-dir`,
      );
    }
    rmSync(this.path, { force: true });
  }
}

/** Where even that is impossible, the fault before it says so: a folder that is none, or that nobody may enter. */
function removeAside(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // A file that is left is nobody's lock.
  }
}

/** @returns the process with the time at which it began, or null where there is none */
function identityOf(pid: number): string | null {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return null;
  }
  try {
    // After the name, which may hold anything, in brackets: field 22 is the start, in ticks since boot.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const startTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${pid} ${startTicks} ${boot}`;
  } catch {
    return `${pid} ?`;
  }
}
