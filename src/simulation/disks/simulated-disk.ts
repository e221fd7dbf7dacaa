/**
 * The disk of one simulated shard: files in memory, and the state that a crash leaves of them. Bytes that were not synced
 * survive by pages, names that were not synced with their folder by chance, both in any order. What a sync or a write comes
 * to, `DiskTrouble` says.
 */
import { assert } from '../../assert.ts';
import type { Disk, DiskFile } from '../../durability/disk.ts';
import { UNIT_BYTES } from '../../durability/log-layout.ts';
import { EXIT, fileFault, OperatingFault } from '../../errors.ts';
import type { DiskTrouble, Stop } from './disk-trouble.ts';
import type { DiskOperation } from './durable-plan.ts';

/** What a crash keeps or loses as a whole. */
const PAGE_BYTES = 512;
const FIRST_BYTES = 1024;

/** A file without its name. */
class Inode {
  sizeBytes = 0;
  /** So many survive a crash for certain. */
  durableBytes = 0;
  private memory = new Uint8Array(FIRST_BYTES);

  get bytes(): Uint8Array {
    return this.memory.subarray(0, this.sizeBytes);
  }

  append(bytes: Uint8Array, length: number): void {
    const sizeBytes = this.sizeBytes + length;
    if (sizeBytes > this.memory.length) {
      const grown = new Uint8Array(Math.max(2 * this.memory.length, sizeBytes));
      grown.set(this.bytes);
      this.memory = grown;
    }
    this.memory.set(bytes.subarray(0, length), this.sizeBytes);
    this.sizeBytes = sizeBytes;
  }

  truncate(sizeBytes: number): void {
    this.memory.fill(0, sizeBytes, this.sizeBytes);
    this.sizeBytes = sizeBytes;
    this.durableBytes = Math.min(this.durableBytes, sizeBytes);
  }

  /** @returns whether anything was lost */
  lose(survives: () => boolean): boolean {
    const { durableBytes, memory } = this;
    const before = this.sizeBytes;
    let kept = durableBytes;
    let isTorn = false;
    for (let at = durableBytes - (durableBytes % PAGE_BYTES); at < before; at += PAGE_BYTES) {
      const end = Math.min(at + PAGE_BYTES, before);
      if (end <= durableBytes) continue;
      if (survives()) kept = end;
      else {
        memory.fill(0, Math.max(at, durableBytes), end);
        isTorn = true;
      }
    }
    this.sizeBytes = kept;
    this.durableBytes = kept;
    return isTorn;
  }
}

/** A sync that has begun: of so many bytes. */
export interface HeldSync {
  readonly inode: Inode;
  readonly sizeBytes: number;
}

/** A change of names that is not durable yet. */
interface NameChange {
  removed: string | null;
  added: string | null;
  inode: Inode | null;
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

export class SimulatedDisk implements Disk {
  /** Between two operations of whoever is at work; another thread may do something there. */
  between: () => void = () => {};
  /** Hears of every change, for traces. */
  said: (what: string) => void = () => {};
  private readonly shard: number;
  private readonly trouble: DiskTrouble;
  private readonly names = new Map<string, Inode>();
  private durableNames = new Map<string, Inode>();
  private changes: NameChange[] = [];
  private readonly folders = new Set<string>();
  /** Syncs that only begin now; null where a sync is over when it returns. */
  private held: HeldSync[] | null = null;

  constructor(shard: number, trouble: DiskTrouble) {
    this.shard = shard;
    this.trouble = trouble;
  }

  create(path: string): DiskFile {
    this.perform('create', path);
    if (this.names.has(path)) throw fileFault('create', path, new Error('it exists'), EXIT.connection);
    const inode = new Inode();
    this.names.set(path, inode);
    this.changes.push({ removed: null, added: path, inode });
    return this.openAtEnd(path);
  }

  createLog(path: string): DiskFile {
    const file = this.create(path);
    return {
      path,
      append: (bytes, length) => {
        assert(length % UNIT_BYTES === 0, 'a log is written by whole units');
        file.append(bytes, length);
      },
      sync: () => file.sync(),
      close: () => file.close(),
    };
  }

  allocate(sizeBytes: number): Uint8Array {
    return new Uint8Array(sizeBytes);
  }

  openAtEnd(path: string): DiskFile {
    const inode = this.inode(path);
    return {
      path,
      append: (bytes, length) => {
        this.between();
        const stop = this.trouble.stop('append', path);
        const part = stop === null ? length : this.trouble.part(length);
        inode.append(bytes, part);
        this.trouble.counts.writes++;
        this.say(`writes ${part} bytes to`, path, stop);
        if (stop === null) return;
        if (part > 0) this.trouble.counts.shortWrites++;
        throw stop;
      },
      sync: () => {
        this.between();
        const stop = this.trouble.stop('sync', path);
        this.say('syncs', path, stop);
        if (stop !== null) {
          // A system that could not write pages forgets that they are to be written, and may forget what was in them.
          if (stop instanceof OperatingFault) inode.lose(this.trouble.survives);
          throw stop;
        }
        if (this.held === null) this.sync(inode, inode.sizeBytes);
        else this.held.push({ inode, sizeBytes: inode.sizeBytes });
      },
      close: () => {},
    };
  }

  list(folder: string): string[] | null {
    const inside = [...this.names.keys()].filter((path) => folderOf(path) === folder);
    if (inside.length === 0 && !this.folders.has(folder)) return null;
    return inside.map((path) => path.slice(folder.length + 1)).sort();
  }

  sizeBytes(path: string): number {
    this.between();
    return this.inode(path).sizeBytes;
  }

  read(path: string, position: number, target: Uint8Array, length: number): number {
    const part = this.inode(path).bytes.subarray(position, position + length);
    target.set(part);
    return part.length;
  }

  truncate(path: string, sizeBytes: number): void {
    this.perform('truncate', path);
    const inode = this.inode(path);
    inode.truncate(sizeBytes);
    this.sync(inode, sizeBytes);
  }

  rename(from: string, to: string): void {
    this.perform('rename', from);
    const inode = this.inode(from);
    this.names.set(to, inode);
    this.names.delete(from);
    this.changes.push({ removed: from, added: to, inode });
  }

  remove(path: string): void {
    if (!this.names.has(path)) return;
    this.perform('remove', path);
    this.names.delete(path);
    this.changes.push({ removed: path, added: null, inode: null });
  }

  makeFolder(folder: string): void {
    this.folders.add(folder);
  }

  syncFolder(folder: string): void {
    this.perform('syncFolder', folder);
    if (this.trouble.lies(this.shard)) return;
    for (const change of this.changes) this.makeDurable(change);
    this.changes = [];
  }

  /** The syncs of what `body` does only begin. @returns them, to be given back when they are over */
  holdingSyncs(body: () => void): HeldSync[] {
    const held: HeldSync[] = [];
    this.held = held;
    try {
      body();
    } finally {
      this.held = null;
    }
    return held;
  }

  finishSyncs(held: readonly HeldSync[]): void {
    for (const { inode, sizeBytes } of held) this.sync(inode, sizeBytes);
  }

  /** The power is cut. */
  crash(): void {
    const { trouble } = this;
    for (const change of this.changes) if (trouble.survives()) this.makeDurable(change);
    this.changes = [];
    this.names.clear();
    for (const [path, inode] of this.durableNames) this.names.set(path, inode);
    for (const inode of new Set(this.names.values())) if (inode.lose(trouble.survives)) trouble.counts.tornFiles++;
  }

  private sync(inode: Inode, sizeBytes: number): void {
    this.trouble.counts.syncs++;
    if (this.trouble.lies(this.shard)) return;
    inode.durableBytes = Math.max(inode.durableBytes, Math.min(sizeBytes, inode.sizeBytes));
  }

  private makeDurable({ removed, added, inode }: NameChange): void {
    if (removed !== null) this.durableNames.delete(removed);
    if (added !== null && inode !== null) this.durableNames.set(added, inode);
  }

  /** @throws what stops it, before anything has happened */
  private perform(operation: Exclude<DiskOperation, 'append' | 'sync'>, path: string): void {
    this.between();
    const stop = this.trouble.stop(operation, path);
    this.say(WORDS[operation], path, stop);
    if (stop !== null) throw stop;
  }

  private say(what: string, path: string, stop: Stop | null): void {
    const name = path.slice(path.lastIndexOf('/') + 1);
    this.said(`${what} ${name}${stop === null ? '' : `: ${stop.message}`}`);
  }

  private inode(path: string): Inode {
    const inode = this.names.get(path);
    if (inode === undefined) throw fileFault('open', path, new Error('it does not exist (ENOENT)'), EXIT.usage);
    return inode;
  }
}

const WORDS = {
  create: 'creates',
  truncate: 'truncates',
  rename: 'renames',
  remove: 'removes',
  syncFolder: 'syncs the folder',
} as const;
