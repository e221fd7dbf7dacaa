import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AtomicFile, checkWritable, partialPath, type WriteFunction } from './atomic-file.ts';
import { OperatingFault } from './errors.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dbtest-atomic-'));
  path = join(folder, 'result.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function faultOf(action: () => unknown): OperatingFault {
  try {
    action();
  } catch (error) {
    if (error instanceof OperatingFault) return error;
    throw error;
  }
  throw new Error('no fault');
}

/** A disk that holds so many bytes. */
function diskOf(bytes: number): WriteFunction {
  let free = bytes;
  return (descriptor, data, offset, length) => {
    if (free === 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    const written = writeSync(descriptor, data, offset, Math.min(length, free));
    free -= written;
    return written;
  };
}

describe('AtomicFile', () => {
  it('shows nothing before the commit, and everything after it', () => {
    const file = AtomicFile.open(path);
    file.write('first µs\n');
    file.write(new Uint8Array([0, 255, 10]));
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(folder)).toHaveLength(1);
    file.commit();
    expect(readFileSync(path)).toEqual(Buffer.concat([Buffer.from('first µs\n'), Buffer.from([0, 255, 10])]));
    expect(readdirSync(folder)).toEqual(['result.json']);
  });

  it('writes an empty file', () => {
    AtomicFile.open(path).commit();
    expect(readFileSync(path, 'utf8')).toBe('');
  });

  it('writes more than its buffer holds, whatever the pieces and however short the writes', () => {
    const pieces = Array.from({ length: 60 }, (_, i) => String.fromCharCode(97 + (i % 26)).repeat(i * 1999));
    const short: WriteFunction = (descriptor, data, offset, length) =>
      writeSync(descriptor, data, offset, Math.min(length, 65_537));
    const file = AtomicFile.open(path, short);
    for (const piece of pieces) file.write(piece);
    file.commit();
    expect(readFileSync(path, 'utf8') === pieces.join('')).toBe(true);
  });

  it('replaces a file and keeps its permissions', () => {
    writeFileSync(path, 'old');
    chmodSync(path, 0o640);
    const file = AtomicFile.open(path);
    file.write('new');
    expect(readFileSync(path, 'utf8')).toBe('old');
    file.commit();
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });

  it('replaces the file behind a symbolic link, not the link', () => {
    const target = join(folder, 'target.json');
    writeFileSync(target, 'old');
    symlinkSync(target, path);
    const file = AtomicFile.open(path);
    file.write('new');
    file.commit();
    expect(readFileSync(target, 'utf8')).toBe('new');
    expect(readdirSync(folder).sort()).toEqual(['result.json', 'target.json']);
  });

  it('leaves nothing when discarded, and the old file untouched', () => {
    writeFileSync(path, 'old');
    const file = AtomicFile.open(path);
    file.write('new');
    file.discard();
    file.discard();
    expect(readdirSync(folder)).toEqual(['result.json']);
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(() => file.write('more')).toThrow('already');
    expect(() => file.commit()).toThrow('already');
  });

  it('does nothing when discarded after the commit', () => {
    const file = AtomicFile.open(path);
    file.commit();
    file.discard();
    expect(existsSync(path)).toBe(true);
  });

  it('removes what an earlier process left behind, without following a link', () => {
    const precious = join(folder, 'precious');
    writeFileSync(precious, 'precious');
    symlinkSync(precious, partialPath(path));
    const file = AtomicFile.open(path);
    file.write('x');
    file.commit();
    expect(readFileSync(precious, 'utf8')).toBe('precious');
    expect(readdirSync(folder).sort()).toEqual(['precious', 'result.json']);
  });

  it.each([
    ['while it writes', 1 << 20, (3 << 20) + 5],
    ['in the last flush', 1000, 5000],
  ])('reports a full disk %s and leaves nothing', (_, diskBytes, fileBytes) => {
    writeFileSync(path, 'old');
    const file = AtomicFile.open(path, diskOf(diskBytes));
    const fault = faultOf(() => {
      file.write('x'.repeat(fileBytes));
      file.commit();
    });
    expect(fault.code).toBe('FILE');
    expect(fault.exitStatus).toBe(2);
    expect(fault.message).toContain(`cannot write ${path}: no space left`);
    expect(fault.message).not.toContain('\n');
    expect(readdirSync(folder)).toEqual(['result.json']);
    expect(readFileSync(path, 'utf8')).toBe('old');
  });

  it.runIf(existsSync('/dev/full'))('reports the full disk that the system reports', () => {
    const file = AtomicFile.open('/dev/full');
    file.write('x');
    expect(faultOf(() => file.commit()).message).toContain('cannot write /dev/full: no space left');
    expect(statSync('/dev/full').isCharacterDevice()).toBe(true);
  });

  it.runIf(existsSync('/dev/null'))('writes a device in place', () => {
    const file = AtomicFile.open('/dev/null');
    file.write('x');
    file.commit();
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  it.runIf(process.platform !== 'win32')('writes a pipe in place', async () => {
    const pipe = join(folder, 'pipe');
    const made = spawn('mkfifo', [pipe]);
    await new Promise((resolve) => made.once('exit', resolve));
    const reader = spawn('cat', [pipe]);
    const received = text(reader.stdout);
    const file = AtomicFile.open(pipe);
    file.write('through the pipe\n');
    file.commit();
    expect(await received).toBe('through the pipe\n');
    expect(statSync(pipe).isFIFO()).toBe(true);
  });

  it('names what is in the way, in one line', () => {
    const missing = join(folder, 'missing', 'result.json');
    expect(faultOf(() => AtomicFile.open(missing)).message).toBe(
      `cannot write ${missing}: the folder ${join(folder, 'missing')} does not exist (ENOENT)`,
    );
    expect(faultOf(() => AtomicFile.open(folder)).message).toBe(`cannot write ${folder}: it is a folder (EISDIR)`);
    writeFileSync(path, 'a file');
    const below = join(path, 'result.json');
    expect(faultOf(() => AtomicFile.open(below)).message).toBe(
      `cannot write ${below}: ${path} is not a folder (ENOTDIR)`,
    );
  });

  it.runIf(process.platform !== 'win32')('names missing permission', () => {
    chmodSync(folder, 0o755);
    writeFileSync(path, 'old', { mode: 0o444 });
    // Nothing is forbidden to root: the test goes on as nobody.
    const root = process.geteuid?.() === 0;
    if (root) process.seteuid?.(65_534);
    else chmodSync(folder, 0o500);
    try {
      for (const forbidden of [path, join(folder, 'new.json')]) {
        expect(faultOf(() => AtomicFile.open(forbidden)).message).toBe(
          `cannot write ${forbidden}: no permission to write there (EACCES)`,
        );
        expect(faultOf(() => checkWritable(forbidden)).message).toContain('no permission');
      }
    } finally {
      if (root) process.seteuid?.(0);
      else chmodSync(folder, 0o700);
    }
    expect(readdirSync(folder)).toEqual(['result.json']);
  });

  it('leaves nothing when the process exits before the commit', async () => {
    vi.resetModules();
    const before = new Set(process.listeners('exit'));
    const fresh = await import('./atomic-file.ts');
    for (const name of ['a.csv', 'b.csv', 'c.csv']) fresh.AtomicFile.open(join(folder, name)).write('half');
    fresh.AtomicFile.open(path).commit();
    const added = process.listeners('exit').filter((listener) => !before.has(listener));
    expect(added).toHaveLength(1);
    for (const listener of added) {
      process.off('exit', listener);
      listener(0);
    }
    expect(readdirSync(folder)).toEqual(['result.json']);
  });

  it('leaves nothing when the rename fails', () => {
    const file = AtomicFile.open(path);
    file.write('x');
    mkdirSync(path);
    writeFileSync(join(path, 'occupied'), '');
    expect(faultOf(() => file.commit()).message).toContain(`cannot write ${path}`);
    expect(readdirSync(folder)).toEqual(['result.json']);
  });
});

describe('checkWritable', () => {
  it('leaves nothing where a file can be written, and the old one untouched', () => {
    checkWritable(path);
    expect(readdirSync(folder)).toEqual([]);
    writeFileSync(path, 'old');
    checkWritable(path);
    expect(readFileSync(path, 'utf8')).toBe('old');
    if (existsSync('/dev/null')) checkWritable('/dev/null');
  });

  it('finds what is in the way', () => {
    expect(faultOf(() => checkWritable(folder)).message).toContain('it is a folder');
    expect(faultOf(() => checkWritable(join(folder, 'missing', 'x'))).message).toContain('does not exist');
    writeFileSync(path, 'a file');
    expect(faultOf(() => checkWritable(join(path, 'x'))).message).toContain('is not a folder');
  });
});
