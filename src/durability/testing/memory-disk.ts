/**
 * A disk in memory with the state that a crash leaves: of what was not synced, pages survive by chance and in any order;
 * names that were not synced with their folder are the old ones.
 */

import { assert } from '../../assert.ts';
import type { Random } from '../../engine/testing/random.ts';
import { EXIT, fileFault } from '../../errors.ts';
import type { Disk, DiskFile } from '../disk.ts';
import { UNIT_BYTES } from '../log-layout.ts';

/** What a crash keeps or loses as a whole. */
const PAGE_BYTES = 512;

class Inode {
  bytes = new Uint8Array(0);
  /** As it would be after a crash that loses everything that is not synced. */
  durable = new Uint8Array(0);
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

export class MemoryDisk implements Disk {
  /** By path; what a folder holds after a crash is in `durableNames`. */
  readonly names = new Map<string, Inode>();
  private durableNames = new Map<string, Inode>();
  private readonly folders = new Set<string>();
  /** Appends and syncs left until one fails; infinite where none does. */
  appendsLeft = Number.POSITIVE_INFINITY;
  syncsLeft = Number.POSITIVE_INFINITY;

  create(path: string): DiskFile {
    if (this.names.has(path)) throw fileFault('create', path, new Error('it exists'), EXIT.connection);
    this.names.set(path, new Inode());
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
        if (this.appendsLeft-- <= 0)
          throw fileFault('write', path, new Error('no space left (ENOSPC)'), EXIT.connection);
        const grown = new Uint8Array(inode.bytes.length + length);
        grown.set(inode.bytes);
        grown.set(bytes.subarray(0, length), inode.bytes.length);
        inode.bytes = grown;
      },
      sync: () => {
        if (this.syncsLeft-- <= 0)
          throw fileFault('sync', path, new Error('input/output error (EIO)'), EXIT.connection);
        inode.durable = inode.bytes.slice();
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
    return this.inode(path).bytes.length;
  }

  read(path: string, position: number, target: Uint8Array, length: number): number {
    const part = this.inode(path).bytes.subarray(position, position + length);
    target.set(part);
    return part.length;
  }

  truncate(path: string, sizeBytes: number): void {
    const inode = this.inode(path);
    inode.bytes = inode.bytes.slice(0, sizeBytes);
    inode.durable = inode.bytes.slice();
  }

  rename(from: string, to: string): void {
    this.names.set(to, this.inode(from));
    this.names.delete(from);
  }

  remove(path: string): void {
    this.names.delete(path);
  }

  makeFolder(folder: string): void {
    this.folders.add(folder);
  }

  syncFolder(folder: string): void {
    for (const path of this.durableNames.keys()) {
      if (folderOf(path) === folder && !this.names.has(path)) this.durableNames.delete(path);
    }
    for (const [path, inode] of this.names) if (folderOf(path) === folder) this.durableNames.set(path, inode);
  }

  /** The machine loses its power: pages that were not synced survive by chance. */
  crash(random: Random): void {
    this.names.clear();
    for (const [path, inode] of this.durableNames) {
      const { durable, bytes } = inode;
      let length = durable.length;
      const kept = bytes.slice();
      for (let at = 0; at < bytes.length; at += PAGE_BYTES) {
        const end = Math.min(at + PAGE_BYTES, bytes.length);
        if (end <= durable.length) continue;
        if (random.chance(0.5)) length = Math.max(length, end);
        else kept.fill(0, Math.max(at, durable.length), end);
      }
      inode.bytes = kept.slice(0, length);
      inode.durable = inode.bytes.slice();
      this.names.set(path, inode);
    }
    this.durableNames = new Map(this.names);
  }

  private inode(path: string): Inode {
    const inode = this.names.get(path);
    if (inode === undefined) throw fileFault('open', path, new Error('it does not exist (ENOENT)'), EXIT.usage);
    return inode;
  }
}
