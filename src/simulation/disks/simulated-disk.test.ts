import { describe, expect, it } from 'vitest';
import { OperatingFault } from '../../errors.ts';
import { Random } from '../random.ts';
import { DiskTrouble, PowerCut, ProcessKilled } from './disk-trouble.ts';
import { chooseDurability, type DurablePlan } from './durable-plan.ts';
import { SimulatedDisk } from './simulated-disk.ts';

const PATH = '/data/shard-0/log';
const PAGE_BYTES = 512;

function newDisk(seed = 1, change: Partial<DurablePlan> = {}) {
  const plan = { ...chooseDurability(new Random(seed, 1), 1, 1, 100, 0.01), liar: null, ...change };
  const trouble = new DiskTrouble(plan, new Random(seed, 2));
  trouble.mayLie = true;
  return { disk: new SimulatedDisk(0, trouble), trouble };
}

const bytes = (length: number, value = 7) => new Uint8Array(length).fill(value);

function contentOf(disk: SimulatedDisk, path = PATH): Uint8Array {
  const content = new Uint8Array(disk.sizeBytes(path));
  disk.read(path, 0, content, content.length);
  return content;
}

/** A file with synced bytes and others behind them. */
function written(disk: SimulatedDisk, synced: number, more: number) {
  const file = disk.create(PATH);
  file.append(bytes(synced), synced);
  file.sync();
  disk.syncFolder('/data/shard-0');
  file.append(bytes(more, 9), more);
  return file;
}

describe('a simulated disk', () => {
  it('keeps what was synced and loses pages of the rest by chance, in any order', () => {
    const kept = new Set<string>();
    for (let seed = 1; seed <= 60; seed++) {
      const { disk } = newDisk(seed);
      written(disk, 600, 3 * PAGE_BYTES + 50);
      disk.crash();
      const content = contentOf(disk);
      expect(content.subarray(0, 600)).toEqual(bytes(600));
      const pages = [1, 2, 3, 4].map((page) => content[page * PAGE_BYTES + 88] ?? 'gone');
      kept.add(pages.join());
    }
    // All of it, nothing of it, and holes of zeros between.
    expect(kept).toContain('9,9,9,9');
    expect(kept).toContain('gone,gone,gone,gone');
    expect([...kept].some((pages) => /0,.*9/.test(pages))).toBe(true);
  });

  it('keeps names by chance until their folder is synced, also those of renames and removals', () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= 60; seed++) {
      const { disk } = newDisk(seed);
      for (const name of ['a', 'b']) disk.create(`/data/${name}`).sync();
      disk.syncFolder('/data');
      disk.rename('/data/a', '/data/c');
      disk.remove('/data/b');
      disk.create('/data/d');
      disk.crash();
      seen.add((disk.list('/data') ?? []).join(''));
    }
    expect(seen).toEqual(new Set(['ab', 'a', 'abd', 'ad', 'bc', 'c', 'bcd', 'cd']));
  });

  it('loses what it was asked to sync while the sync goes on, and nothing when it is over', () => {
    let lost = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const { disk } = newDisk(seed);
      const file = written(disk, 100, 0);
      const held = disk.holdingSyncs(() => {
        file.append(bytes(1000), 1000);
        file.sync();
      });
      if (seed % 2 === 0) disk.finishSyncs(held);
      disk.crash();
      if (disk.sizeBytes(PATH) === 1100) continue;
      expect(seed % 2).toBe(1);
      lost++;
    }
    expect(lost).toBeGreaterThan(3);
  });

  it('refuses at the operation that is aimed at, with part of what was to be written', () => {
    const { disk, trouble } = newDisk();
    const file = written(disk, 10, 0);
    trouble.aim({ operation: 'append', after: 1, effect: 'ENOSPC' });
    file.append(bytes(10), 10);
    expect(() => file.append(bytes(1000), 1000)).toThrow(OperatingFault);
    expect(disk.sizeBytes(PATH)).toBeGreaterThanOrEqual(20);
    expect(disk.sizeBytes(PATH)).toBeLessThan(1020);
    expect(trouble.isAiming).toBe(false);
    file.append(bytes(1), 1);
  });

  it('does nothing any more without power, until it is back', () => {
    const { disk, trouble } = newDisk();
    trouble.aim({ operation: 'rename', after: 0, effect: 'power' });
    written(disk, 10, 0);
    expect(() => disk.rename(PATH, `${PATH}.new`)).toThrow(PowerCut);
    expect(() => disk.create('/data/x')).toThrow(PowerCut);
    disk.crash();
    trouble.powerOn();
    expect(disk.list('/data/shard-0')).toEqual(['log']);
    trouble.limit({ after: 1, effect: 'kill' });
    disk.create('/data/x');
    expect(() => disk.create('/data/y')).toThrow(ProcessKilled);
    expect(trouble.isPowerOff).toBe(false);
  });

  it('lies where it is to: a sync that is said to be done is not', () => {
    const { disk, trouble } = newDisk(1, { liar: 0, liePct: 100 });
    disk.create(PATH).sync();
    disk.syncFolder('/data/shard-0');
    expect(trouble.counts.lies).toBe(2);
  });
});
