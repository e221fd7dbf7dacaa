/**
 * What durability needs of a file system, so that a simulated one can stand in: append, sync, rename, and the state that a
 * crash leaves. Synchronous: the log writer's thread does nothing else, and recovery has nobody to wait for.
 *
 * A log goes past the page cache where the system can do that (O_DIRECT): nobody reads it before the next start, and pages
 * that it would fill and never read again cost more processor time than everything else that a log writer does.
 *
 * Nothing here survives a crash before its `sync`: bytes of a file by `sync`, its name by `syncFolder` of its folder.
 */
import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { EXIT, fileFault } from '../errors.ts';

/** A file that grows at its end. */
export interface DiskFile {
  readonly path: string;
  /** Appends all of `bytes[0..length)`. @throws OperatingFault FILE; how much is there then is unknown */
  append(bytes: Uint8Array, length: number): void;
  /** Makes what was appended survive a crash. @throws OperatingFault FILE; never to be tried again (it could lie then) */
  sync(): void;
  close(): void;
}

export interface Disk {
  /** Creates an empty file that must not exist. @throws OperatingFault FILE */
  create(path: string): DiskFile;
  /**
   * The same for a file that is only ever appended to, by multiples of UNIT_BYTES (`log-layout.ts`) out of memory from
   * `allocate`. @throws OperatingFault FILE
   */
  createLog(path: string): DiskFile;
  /** Memory that `createLog`'s files can be written from. */
  allocate(sizeBytes: number): Uint8Array;
  /** Opens an existing file for appending. @throws OperatingFault FILE */
  openAtEnd(path: string): DiskFile;
  /** Names in a folder, sorted; null where there is no such folder. @throws OperatingFault FILE */
  list(folder: string): string[] | null;
  sizeBytes(path: string): number;
  /** Reads up to `length` bytes at `position` into `target`. @returns how many there were @throws OperatingFault FILE */
  read(path: string, position: number, target: Uint8Array, length: number): number;
  /** Cuts the file and syncs it. @throws OperatingFault FILE */
  truncate(path: string, sizeBytes: number): void;
  /** Replaces `to`; durable after `syncFolder`. @throws OperatingFault FILE */
  rename(from: string, to: string): void;
  remove(path: string): void;
  makeFolder(folder: string): void;
  /** Makes creations, renames and removals in the folder survive a crash. @throws OperatingFault FILE */
  syncFolder(folder: string): void;
}

/**
 * What users can do, by the system's code. What is wrong with the path or the rights is theirs to put right, before anything
 * is lost; any other fault of the disk ends a run like a lost peer does: what was acknowledged is safe, the rest not known.
 */
const MISTAKES: Readonly<Record<string, string>> = {
  EACCES: 'no permission; let the user that runs dbtest read and write it',
  EPERM: 'not permitted; let the user that runs dbtest read and change it',
  ENOENT: 'it is missing; restore it from a copy or load the data into an empty folder',
  ENOTDIR: 'there is a file where a folder should be; move it, or give another --data-dir',
  EISDIR:
    'there is a folder where a file should be; restore the file from a copy or load the data into an empty folder',
  EEXIST: 'it is there already; move it, or give another --data-dir',
  ELOOP: 'its links lead nowhere; restore it from a copy or load the data into an empty folder',
  ENAMETOOLONG: 'the name is too long; give another --data-dir',
};
const FAULTS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on the device; free some, then start again',
  EDQUOT: 'the quota is used up; free some space, then start again',
  EFBIG: 'the file is larger than the system allows (ulimit -f); start again with a smaller --snapshot-log-mb',
  EIO: 'the device reports an error; what was not acknowledged may be lost; see the system log before recovering',
  EROFS: 'the file system is read-only; make it writable, or give another --data-dir',
  EMFILE: 'too many open files; allow more (ulimit -n), then recover',
};

/**
 * @param faultStatus what the process ends with where the disk fails
 * @throws OperatingFault FILE
 */
export function attempt<T>(action: string, path: string, body: () => T, faultStatus: number = EXIT.connection): T {
  try {
    return body();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const mistake = MISTAKES[code ?? ''];
    const what = mistake ?? FAULTS[code ?? ''];
    const cause = what === undefined ? error : new Error(`${what} (${code})`, { cause: error });
    throw fileFault(action, path, cause, mistake === undefined ? faultStatus : EXIT.usage);
  }
}

/** The part of the global that is needed: the library of types has it for browsers only. */
declare const WebAssembly: {
  Memory: new (limits: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
};
const WASM_PAGE_BYTES = 1 << 16;

/** Zero where the system has no such way. */
const DIRECT: number = constants.O_DIRECT ?? 0;
const APPEND = constants.O_WRONLY | constants.O_APPEND;

class NodeFile implements DiskFile {
  readonly path: string;
  protected descriptor: number;

  constructor(path: string, flags: 'ax' | 'a') {
    this.path = path;
    this.descriptor = attempt(flags === 'ax' ? 'create' : 'open', path, () => {
      // 'a' would create a file that recovery has just found missing.
      if (flags === 'a') closeSync(openSync(path, 'r+'));
      return openSync(path, flags);
    });
  }

  append(bytes: Uint8Array, length: number): void {
    attempt('write', this.path, () => {
      for (let from = 0; from < length; ) from += writeSync(this.descriptor, bytes, from, length - from);
    });
  }

  sync(): void {
    attempt('sync', this.path, () => fdatasyncSync(this.descriptor));
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

/** Past the page cache until the file system says that it cannot do that, be it at the opening or at the first write. */
class NodeLogFile extends NodeFile {
  private isDirect = false;

  constructor(path: string) {
    super(path, 'ax');
    if (DIRECT !== 0) this.isDirect = this.reopen(DIRECT);
  }

  override append(bytes: Uint8Array, length: number): void {
    if (!this.isDirect) {
      super.append(bytes, length);
      return;
    }
    let from = 0;
    attempt('write', this.path, () => {
      while (from < length && this.isDirect) {
        try {
          from += writeSync(this.descriptor, bytes, from, length - from);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EINVAL' || !this.reopen(0)) throw error;
          this.isDirect = false;
        }
      }
    });
    if (from < length) super.append(bytes.subarray(from), length - from);
  }

  private reopen(flags: number): boolean {
    try {
      const descriptor = openSync(this.path, APPEND | flags);
      closeSync(this.descriptor);
      this.descriptor = descriptor;
      return true;
    } catch {
      return false;
    }
  }
}

/** The disk of this machine. */
export class NodeDisk implements Disk {
  createLog(path: string): DiskFile {
    return new NodeLogFile(path);
  }

  /** Memory for WebAssembly starts at a page, which writes past the page cache ask for. */
  allocate(sizeBytes: number): Uint8Array {
    if (DIRECT === 0) return new Uint8Array(sizeBytes);
    const initial = Math.ceil(sizeBytes / WASM_PAGE_BYTES);
    try {
      const { buffer } = new WebAssembly.Memory({ initial, maximum: initial });
      return new Uint8Array(buffer, 0, sizeBytes);
    } catch {
      // Its address space is limited: a plain buffer takes the way through the page cache.
      return new Uint8Array(sizeBytes);
    }
  }

  create(path: string): DiskFile {
    return new NodeFile(path, 'ax');
  }

  openAtEnd(path: string): DiskFile {
    return new NodeFile(path, 'a');
  }

  list(folder: string): string[] | null {
    return attempt('read', folder, () => {
      try {
        return readdirSync(folder).sort();
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw error;
      }
    });
  }

  sizeBytes(path: string): number {
    return this.withFile('read', path, 'r', (descriptor) => fstatSync(descriptor).size);
  }

  read(path: string, position: number, target: Uint8Array, length: number): number {
    return this.withFile('read', path, 'r', (descriptor) => {
      let done = 0;
      while (done < length) {
        const got = readSync(descriptor, target, done, length - done, position + done);
        if (got === 0) break;
        done += got;
      }
      return done;
    });
  }

  truncate(path: string, sizeBytes: number): void {
    this.withFile('cut', path, 'r+', (descriptor) => {
      ftruncateSync(descriptor, sizeBytes);
      fsyncSync(descriptor);
    });
  }

  rename(from: string, to: string): void {
    attempt('rename', from, () => renameSync(from, to));
  }

  remove(path: string): void {
    attempt('remove', path, () => {
      try {
        unlinkSync(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    });
  }

  makeFolder(folder: string): void {
    attempt('create', folder, () => mkdirSync(folder, { recursive: true }));
    this.syncFolder(dirname(folder));
  }

  syncFolder(folder: string): void {
    this.withFile('sync', folder, 'r', (descriptor) => {
      try {
        fsyncSync(descriptor);
      } catch (error) {
        // Some systems open folders and do not sync them: there the names are safe without it, or nothing can be done.
        if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
      }
    });
  }

  private withFile<T>(action: string, path: string, flags: string, body: (descriptor: number) => T): T {
    return attempt(action, path, () => {
      const descriptor = openSync(path, flags);
      try {
        return body(descriptor);
      } finally {
        closeSync(descriptor);
      }
    });
  }
}
