import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OperatingFault } from '../errors.ts';
import { attempt, NodeDisk } from './disk.ts';

const disk = new NodeDisk();
let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'dbtest-disk-'));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

function faultOf(body: () => unknown): OperatingFault {
  try {
    body();
  } catch (error) {
    if (error instanceof OperatingFault) return error;
    throw error;
  }
  throw new Error('it was allowed');
}

describe('a fault of the disk says the file and what to do', () => {
  it.each([
    [
      'a file that is not there',
      () => disk.sizeBytes(join(place, 'x')),
      2,
      /cannot read .*\/x: it is missing; restore/,
    ],
    [
      'a file that is not opened, since it would be made',
      () => disk.openAtEnd(join(place, 'x')),
      2,
      /x: it is missing/,
    ],
    [
      'a file that is there',
      () => {
        writeFileSync(join(place, 'x'), '');
        disk.create(join(place, 'x'));
      },
      2,
      /cannot create .*\/x: it is there already; move it/,
    ],
    [
      'a folder instead of a file',
      () => {
        mkdirSync(join(place, 'x'));
        disk.read(join(place, 'x'), 0, new Uint8Array(1), 1);
      },
      2,
      /cannot read .*\/x: there is a folder where a file should be/,
    ],
    [
      'a file instead of a folder',
      () => {
        writeFileSync(join(place, 'x'), '');
        disk.list(join(place, 'x'));
      },
      2,
      /cannot read .*\/x: there is a file where a folder should be/,
    ],
    [
      'links in a circle',
      () => {
        symlinkSync('x', join(place, 'x'));
        disk.sizeBytes(join(place, 'x'));
      },
      2,
      /cannot read .*\/x: its links lead nowhere/,
    ],
  ])('%s', (_, body, exitStatus, message) => {
    const fault = faultOf(body);
    expect([fault.code, fault.exitStatus]).toEqual(['FILE', exitStatus]);
    expect(fault.message).toMatch(message);
  });

  it.skipIf(!existsSync('/dev/full'))('a full device, for real', () => {
    const fault = faultOf(() => {
      const file = disk.openAtEnd('/dev/full');
      file.append(new Uint8Array(8), 8);
    });
    expect(fault.exitStatus).toBe(5);
    expect(fault.message).toBe(
      'cannot write /dev/full: no space left on the device; free some, then start again (ENOSPC)',
    );
  });

  it.skipIf(process.getuid?.() === 0)('a file that may not be read', () => {
    writeFileSync(join(place, 'x'), '');
    chmodSync(join(place, 'x'), 0);
    expect(faultOf(() => disk.sizeBytes(join(place, 'x'))).message).toMatch(/x: no permission; let the user/);
  });

  it.each([
    ['ENOSPC', 5, /no space left/],
    ['EDQUOT', 5, /quota/],
    ['EIO', 5, /the device reports an error; what was not acknowledged may be lost/],
    ['EROFS', 5, /read-only; make it writable/],
    ['EACCES', 2, /no permission; let the user/],
    ['EPERM', 2, /not permitted; let the user/],
    ['EXYZ', 5, /the system's own words/],
  ])('%s', (code, exitStatus, message) => {
    const fault = faultOf(() =>
      attempt('sync', '/d/f', () => {
        throw Object.assign(new Error("the system's own words"), { code });
      }),
    );
    expect(fault.exitStatus).toBe(exitStatus);
    expect(fault.message).toMatch(/^cannot sync \/d\/f: /);
    expect(fault.message).toMatch(message);
  });
});
