/** A disk that stops in the middle of what somebody does with it, at any step that the test chooses. */
import type { Disk, DiskFile } from '../disk.ts';

/** Thrown where the power goes. */
export class PowerCut extends Error {}

/** Lets so many operations of a disk that change anything through, and then no more: each throws `PowerCut`. */
export function limited(disk: Disk, operations: number): { disk: Disk; left: () => number } {
  let left = operations;
  const spend = () => {
    if (left === 0) throw new PowerCut();
    left--;
  };
  return {
    left: () => left,
    disk: {
      create: (path) => {
        spend();
        return limitedFile(disk.create(path), spend);
      },
      createLog: (path) => {
        spend();
        return limitedFile(disk.createLog(path), spend);
      },
      allocate: (sizeBytes) => disk.allocate(sizeBytes),
      openAtEnd: (path) => disk.openAtEnd(path),
      list: (folder) => disk.list(folder),
      sizeBytes: (path) => disk.sizeBytes(path),
      read: (path, position, target, length) => disk.read(path, position, target, length),
      truncate: (path, sizeBytes) => {
        spend();
        disk.truncate(path, sizeBytes);
      },
      rename: (from, to) => {
        spend();
        disk.rename(from, to);
      },
      remove: (path) => {
        spend();
        disk.remove(path);
      },
      makeFolder: (folder) => disk.makeFolder(folder),
      syncFolder: (folder) => {
        spend();
        disk.syncFolder(folder);
      },
    },
  };
}

const limitedFile = (file: DiskFile, spend: () => void): DiskFile => ({
  path: file.path,
  append: (bytes, length) => {
    spend();
    file.append(bytes, length);
  },
  sync: () => {
    spend();
    file.sync();
  },
  close: () => file.close(),
});
