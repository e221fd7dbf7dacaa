/**
 * Files that are either whole or not there: written aside, then renamed. Any thread and any folder may use this; all calls
 * are synchronous, because an export writes from worker threads that have no event loop. It imports the faults only.
 */
import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileFault, type OperatingFault } from './errors.ts';

const BUFFER_BYTES = 1 << 20;

/** Writes a part of `bytes` and returns how much, as `fs.writeSync` does. */
export type WriteFunction = (descriptor: number, bytes: Uint8Array, offset: number, length: number) => number;

/** Files of this thread that are neither committed nor discarded; their partial files go when the process exits. */
const openFiles = new Set<AtomicFile>();
let exitHandlerInstalled = false;

/**
 * A file that appears under its name when it is complete. What is no regular file (a device, a pipe) can neither be
 * replaced nor be written aside: it is written in place. A symbolic link stays; the file it points to is replaced.
 */
export class AtomicFile {
  readonly path: string;
  private readonly target: string;
  /** Null where the target is written in place. */
  private readonly partial: string | null;
  private readonly writeFunction: WriteFunction;
  private readonly buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  private buffered = 0;
  private descriptor: number | null;

  /**
   * Opens `path` for writing.
   * @param writeFunction stands in for `fs.writeSync`, for tests of short writes and full disks
   * @throws OperatingFault FILE when the folder is missing or the file cannot be written
   */
  static open(path: string, writeFunction: WriteFunction = writeSync): AtomicFile {
    try {
      return new AtomicFile(path, writeFunction);
    } catch (error) {
      throw writeFault(path, error);
    }
  }

  private constructor(path: string, writeFunction: WriteFunction) {
    this.path = path;
    this.writeFunction = writeFunction;
    const existing = statSync(path, { throwIfNoEntry: false });
    if (existing?.isDirectory()) throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' });
    this.target = existing === undefined ? path : realpathSync(path);
    if (existing !== undefined && !existing.isFile()) {
      this.partial = null;
      this.descriptor = openSync(path, 'w');
    } else {
      // A rename needs no permission on the file that it replaces; somebody who withdrew it means it.
      if (existing !== undefined) accessSync(this.target, constants.W_OK);
      this.partial = partialPath(this.target);
      // One that an earlier process with this id left behind; never followed, should it be a link.
      rmSync(this.partial, { force: true });
      this.descriptor = openSync(this.partial, 'wx');
      if (existing !== undefined) keepMode(this.descriptor, existing);
    }
    openFiles.add(this);
    installExitHandler();
  }

  /**
   * Appends text (as UTF-8) or bytes. After a fault nothing is left of the file.
   * @throws OperatingFault FILE, e.g. when the disk is full
   */
  write(data: string | Uint8Array): void {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    this.orDiscard(() => {
      let from = 0;
      while (from < bytes.length) {
        const length = Math.min(bytes.length - from, BUFFER_BYTES - this.buffered);
        this.buffer.set(bytes.subarray(from, from + length), this.buffered);
        this.buffered += length;
        from += length;
        if (this.buffered === BUFFER_BYTES) this.flush();
      }
    });
  }

  /**
   * Makes the file complete, durable and visible under its name.
   * @throws OperatingFault FILE; nothing is left then, and a file that was there before is untouched
   */
  commit(): void {
    this.orDiscard(() => {
      this.flush();
      const descriptor = this.descriptor as number;
      if (this.partial !== null) fsyncSync(descriptor);
      this.descriptor = null;
      closeSync(descriptor);
      if (this.partial !== null) {
        renameSync(this.partial, this.target);
        syncFolder(dirname(this.target));
      }
    });
    openFiles.delete(this);
  }

  /** Gives the file up and leaves nothing of it; does nothing after `commit` or a fault. */
  discard(): void {
    if (!openFiles.delete(this)) return;
    const descriptor = this.descriptor;
    this.descriptor = null;
    try {
      if (descriptor !== null) closeSync(descriptor);
    } catch {
      // The file is given up: whatever could not be written at its close does not matter.
    }
    if (this.partial !== null) rmSync(this.partial, { force: true });
  }

  private flush(): void {
    for (let from = 0; from < this.buffered; ) {
      from += this.writeFunction(this.descriptor as number, this.buffer, from, this.buffered - from);
    }
    this.buffered = 0;
  }

  private orDiscard(action: () => void): void {
    if (!openFiles.has(this)) throw new Error(`${this.path} was already committed or discarded`);
    try {
      action();
    } catch (error) {
      this.discard();
      throw writeFault(this.path, error);
    }
  }
}

/** Where `AtomicFile` writes aside: beside the file, named after it and this process. */
export function partialPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}.partial`);
}

/**
 * Finds out before a long run whether its result can be written: nothing is left, and a device or pipe is not touched.
 * @throws OperatingFault FILE
 */
export function checkWritable(path: string): void {
  let special: boolean;
  try {
    const existing = statSync(path, { throwIfNoEntry: false });
    special = existing !== undefined && !existing.isFile() && !existing.isDirectory();
  } catch (error) {
    throw writeFault(path, error);
  }
  if (!special) AtomicFile.open(path).discard();
}

function keepMode(descriptor: number, existing: Stats): void {
  fchmodSync(descriptor, existing.mode & 0o777);
}

/** Makes the rename durable. Not every system opens folders; the file itself is complete either way. */
function syncFolder(folder: string): void {
  try {
    const descriptor = openSync(folder, 'r');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return;
  }
}

function installExitHandler(): void {
  if (exitHandlerInstalled) return;
  exitHandlerInstalled = true;
  process.on('exit', () => {
    for (const file of openFiles) file.discard();
  });
}

/** The fault in the user's terms: the system's message would name the partial file. */
function writeFault(path: string, error: unknown): OperatingFault {
  const code = (error as NodeJS.ErrnoException).code;
  const folder = dirname(path);
  let reason: string | undefined;
  if (code === 'ENOENT') reason = `the folder ${folder} does not exist (ENOENT)`;
  else if (code === 'ENOTDIR') reason = `${folder} is not a folder (ENOTDIR)`;
  else if (code === 'EISDIR') reason = 'it is a folder (EISDIR)';
  else if (code === 'EACCES' || code === 'EPERM') reason = `no permission to write there (${code})`;
  else if (code === 'EROFS') reason = `${folder} is on a read-only file system (EROFS)`;
  else if (code === 'ENOSPC') reason = 'no space left on the device; free some or choose another place (ENOSPC)';
  else if (code === 'EDQUOT') reason = 'the disk quota is used up; free some or choose another place (EDQUOT)';
  return fileFault('write', path, reason === undefined ? error : new Error(reason, { cause: error }));
}
