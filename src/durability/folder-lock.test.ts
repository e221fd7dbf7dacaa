import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OperatingFault } from '../errors.ts';
import { FolderLock } from './folder-lock.ts';

let folder: string;
let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'dbtest-lock-'));
  folder = join(place, 'deep', 'shard-0');
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

const ownerOf = () => readFileSync(join(folder, 'in-use'), 'utf8');

function faultOf(body: () => unknown): OperatingFault {
  try {
    body();
  } catch (error) {
    if (error instanceof OperatingFault) return error;
    throw error;
  }
  throw new Error('it was allowed');
}

/** A process that does nothing until it is killed, and that nobody waits for longer. */
async function startProcess(): Promise<{ pid: number; kill: () => Promise<void> }> {
  const child = spawn(process.execPath, ['-e', 'process.stdout.write("up"); setInterval(() => {}, 1e6)']);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  return {
    pid: child.pid ?? 0,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

describe('a folder', () => {
  it('is made, belongs to one, and is free again afterwards', () => {
    const lock = new FolderLock(folder);
    expect(ownerOf()).toMatch(new RegExp(`^${process.pid} `));
    const { code, exitStatus, message } = faultOf(() => new FolderLock(folder));
    expect([code, exitStatus]).toEqual(['CONFIG', 2]);
    expect(message).toBe(`${folder}: process ${process.pid} runs on it; end that one, or give another --data-dir`);
    // Who was refused leaves nothing behind and takes nothing away.
    expect(readdirSync(folder)).toEqual(['in-use']);
    lock.release();
    expect(readdirSync(folder)).toEqual([]);
    new FolderLock(folder).release();
  });

  it('is given up once: a second release takes nothing from whoever has it now', () => {
    const first = new FolderLock(folder);
    first.release();
    const second = new FolderLock(folder);
    first.release();
    expect(existsSync(join(folder, 'in-use'))).toBe(true);
    second.release();
  });

  it('of a process that was killed is free, and of one that lives is not', async () => {
    const { pid, kill } = await startProcess();
    mkdirSync(folder, { recursive: true });
    // With another beginning than that process has, it is of one that had the number before.
    writeFileSync(join(folder, 'in-use'), `${pid} 1 somewhere-else`);
    new FolderLock(folder).release();
    writeFileSync(join(folder, 'in-use'), `${pid} ?`);
    expect(faultOf(() => new FolderLock(folder)).message).toContain(`process ${pid} runs on it`);
    await kill();
    new FolderLock(folder).release();
  });

  it.each([
    ['nothing', ''],
    ['no process', 'somebody'],
    ['an impossible process', '-1 5 boot'],
    ['all processes', '0 5 boot'],
    ['a process from before the machine started again', `${process.pid} 1 another-boot`],
  ])('whose file names %s is free', (_, text) => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'in-use'), text);
    const lock = new FolderLock(folder);
    expect(ownerOf()).toMatch(new RegExp(`^${process.pid} `));
    lock.release();
  });

  it('that cannot be made is refused with the place', () => {
    writeFileSync(join(place, 'deep'), 'a file');
    const { code, message } = faultOf(() => new FolderLock(folder));
    expect(code).toBe('FILE');
    expect(message).toContain(folder);
  });
});
