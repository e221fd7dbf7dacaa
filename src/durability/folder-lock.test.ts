import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Random } from '../engine/testing/random.ts';
import { OperatingFault } from '../errors.ts';
import { FolderLock, takeFolder } from './folder-lock.ts';
import { MemoryDisk } from './testing/memory-disk.ts';

let folder: string;
let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'dbtest-lock-'));
  folder = join(place, 'deep', 'shard-0');
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

const bootOf = () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
const nameOf = (pid: number) =>
  `${pid}.${readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')[19]}.${bootOf()}`;
const ownName = () => nameOf(process.pid);

function faultOf(body: () => unknown): OperatingFault {
  try {
    body();
  } catch (error) {
    if (error instanceof OperatingFault) return error;
    throw error;
  }
  throw new Error('it was allowed');
}

/** A process that has the folder, as the file that it would have put there says, until it is killed. */
async function startHolder(taken: string): Promise<{ pid: number; name: string; kill: () => Promise<void> }> {
  const child = spawn(process.execPath, ['-e', 'process.stdout.write("up"); setInterval(() => {}, 1e6)']);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const pid = child.pid ?? 0;
  const name = nameOf(pid);
  mkdirSync(taken, { recursive: true });
  writeFileSync(join(taken, `in-use.${name}`), 'taken\n');
  return {
    pid,
    name,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

describe('a folder', () => {
  it('is made, belongs to one, and is free again afterwards', () => {
    const lock = new FolderLock(folder);
    expect(readdirSync(folder)).toEqual([`in-use.${ownName()}`]);
    const { code, exitStatus, message } = faultOf(() => new FolderLock(folder));
    expect([code, exitStatus]).toEqual(['CONFIG', 2]);
    expect(message).toBe(`${folder}: process ${process.pid} runs on it; end that one, or give another --data-dir`);
    // Who was refused leaves nothing behind and takes nothing away.
    expect(readdirSync(folder)).toEqual([`in-use.${ownName()}`]);
    lock.release();
    new FolderLock(folder).release();
  });

  it('is given up once: a second release takes nothing from whoever has it now', () => {
    const first = new FolderLock(folder);
    first.release();
    const second = new FolderLock(folder);
    first.release();
    expect(existsSync(join(folder, `in-use.${ownName()}`))).toBe(true);
    second.release();
  });

  it('of a process that was killed is free, and of one that lives is not', async () => {
    const { pid, name, kill } = await startHolder(folder);
    expect(readdirSync(folder)).toEqual([`in-use.${name}`]);
    expect(faultOf(() => new FolderLock(folder)).message).toContain(`process ${pid} runs on it`);
    await kill();
    expect(readdirSync(folder)).toEqual([`in-use.${name}`]);
    const lock = new FolderLock(folder);
    expect(readdirSync(folder)).toEqual([`in-use.${ownName()}`]);
    lock.release();
  });

  it.each([
    ['a process that is not there', '4194305.5.12ab-34'],
    ['all processes', '0.5.12ab-34'],
    ['a process from before the machine started again', `${process.pid}.1.12ab-34`],
    ['one that had the number before', `${process.pid}.1.${bootOf()}`],
  ])('that %s had is free', (_, name) => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `in-use.${name}`), 'taken\n');
    const lock = new FolderLock(folder);
    expect(readdirSync(folder)).toEqual([`in-use.${ownName()}`]);
    lock.release();
  });

  it('keeps what only looks like it', () => {
    mkdirSync(folder, { recursive: true });
    for (const name of ['in-use', 'in-use.txt', 'in-use.5.bak']) writeFileSync(join(folder, name), '');
    new FolderLock(folder).release();
    expect(readdirSync(folder)).toEqual(['in-use', 'in-use.5.bak', 'in-use.txt']);
  });

  it('that was made for it goes with it, unless something has come into it', () => {
    new FolderLock(folder).release();
    expect(readdirSync(place)).toEqual([]);
    const lock = new FolderLock(folder);
    writeFileSync(join(folder, 'data'), '');
    lock.release();
    expect(readdirSync(folder)).toEqual(['data']);
    mkdirSync(join(place, 'own'));
    new FolderLock(join(place, 'own')).release();
    expect(readdirSync(place)).toEqual(['deep', 'own']);
  });

  it('that cannot be made is refused with the place', () => {
    writeFileSync(join(place, 'deep'), 'a file');
    const { code, message } = faultOf(() => new FolderLock(folder));
    expect(code).toBe('FILE');
    expect(message).toContain(folder);
  });
});

/** Processes that take the same folder, a step each at a time. */
class Race {
  readonly outcomes: ('takes' | 'holds' | 'refused')[];
  private readonly disk = new MemoryDisk();
  private readonly living: Set<string>;
  private readonly names: readonly string[];
  private readonly steps: Generator<void, void, void>[];

  /** @param left files of processes that have ended */
  constructor(names: readonly string[], left: readonly string[]) {
    this.names = names;
    this.living = new Set(names);
    this.disk.makeFolder('/f');
    for (const name of left) this.disk.create(`/f/in-use.${name}`).append(new Uint8Array(6), 6);
    this.outcomes = names.map(() => 'takes');
    this.steps = names.map((mine) => takeFolder('/f', { mine, isLiving: (name) => this.living.has(name) }, this.disk));
  }

  /** Those that have not come to an end. */
  get going(): number[] {
    return this.outcomes.flatMap((outcome, i) => (outcome === 'takes' ? [i] : []));
  }

  step(i: number): void {
    try {
      if (this.steps[i].next().done === true) this.outcomes[i] = 'holds';
    } catch (error) {
      if (!(error instanceof OperatingFault) || error.code !== 'CONFIG') throw error;
      this.outcomes[i] = 'refused';
    }
  }

  kill(i: number): void {
    this.living.delete(this.names[i]);
    this.outcomes[i] = 'refused';
  }

  get holders(): number {
    return this.outcomes.filter((outcome) => outcome === 'holds').length;
  }

  get files(): number {
    return (this.disk.list('/f') ?? []).length;
  }
}

const name = (pid: number) => `${pid}.7.ab`;

describe('processes that come at the same time', () => {
  it('two of them, interleaved in every way: one has the folder, the other is refused', () => {
    let schedules = 0;
    // Every schedule of the two, up to a number of steps in which whoever waits looks again and again.
    const explore = (schedule: number[]) => {
      const race = new Race([name(1), name(2)], [name(8), name(9)]);
      for (const i of schedule) race.step(i);
      if (schedule.length < 14) {
        for (const i of race.going) explore([...schedule, i]);
        if (race.going.length > 0) return;
      }
      for (let n = 0; race.going.length > 0; n++) race.step(race.going[n % race.going.length]);
      schedules++;
      expect([race.holders, race.files], schedule.join('')).toEqual([1, 1]);
    };
    explore([]);
    expect(schedules).toBeGreaterThan(1000);
  });

  it('several of them, some of which are killed on the way: never two have it', () => {
    let held = 0;
    let killed = 0;
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = new Random(seed);
        const count = random.integer(2, 5);
        const race = new Race(random.shuffle([1, 2, 3, 4, 5].slice(0, count)).map(name), [name(9)].slice(0, seed & 1));
        while (race.going.length > 0) {
          const i = random.pick(race.going);
          if (random.chance(0.02)) {
            race.kill(i);
            killed++;
          } else race.step(i);
          expect(race.holders).toBeLessThanOrEqual(1);
        }
        held += race.holders;
      }),
      { seed: 1, numRuns: 2000 },
    );
    expect(held).toBeGreaterThan(1500);
    expect(killed).toBeGreaterThan(200);
  });
});
