import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../errors.ts';
import { blocksOfFile } from '../history/history-file.ts';
import { HistoryReader } from '../history/history-reader.ts';
import { COMMITTED, FAILED, FAILED_BY_DOUBT, QUEUED, USER_ABORT } from './contract.ts';
import { checkHistoryFile, createHistoryFile, HistoryFile } from './history-file.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dbtest-history-'));
  path = join(folder, 'run.history');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Everything that is in the file. */
function recorded(): HistoryReader['history'] {
  const reader = new HistoryReader();
  for (const { bytes, where } of blocksOfFile(path, () => expect.unreachable())) reader.add(bytes, where);
  return reader.history;
}

function append(file: HistoryFile, terminal: number, element: number): void {
  file.begin(terminal);
  file.writer.append(terminal, 1, element);
  file.end(terminal, COMMITTED);
}

describe('the file of a history', () => {
  it('is new for each run', () => {
    writeFileSync(path, 'of an earlier run');
    createHistoryFile(path);
    expect(readFileSync(path, 'utf8')).toBe('');
  });

  it.each([
    ['a folder that is missing', () => join(folder, 'missing', 'run.history'), 'no such file or folder'],
    ['a folder', () => folder, 'it is a folder, not a file'],
  ])('is refused where it would be in or at %s', (_, where, reason) => {
    for (const refused of [createHistoryFile, checkHistoryFile]) {
      expect(() => refused(where())).toThrow(
        expect.objectContaining({
          code: 'FILE',
          exitStatus: EXIT.usage,
          message: `cannot write ${where()}: ${reason}`,
        }),
      );
    }
  });

  it('is checked before the run without harm to what is there, and leaves nothing where nothing was', () => {
    checkHistoryFile(path);
    expect(existsSync(path)).toBe(false);
    writeFileSync(path, 'of an earlier run');
    checkHistoryFile(path);
    expect(readFileSync(path, 'utf8')).toBe('of an earlier run');
    checkHistoryFile('/dev/null');
  });

  it('is a fault in the words of the user when the disk is full', () => {
    if (!existsSync('/dev/full')) return;
    const file = new HistoryFile('/dev/full', 0, 1);
    append(file, 0, 1);
    expect(() => file.close()).toThrow(
      expect.objectContaining({ code: 'FILE', message: 'cannot write /dev/full: no space left on the device' }),
    );
  });

  it('takes the blocks of several workers', () => {
    createHistoryFile(path);
    const files = [0, 1, 2].map((worker) => new HistoryFile(path, worker, 2));
    for (let i = 0; i < 60; i++) append(files[i % 3], ((i / 3) % 2) | 0, i);
    for (const file of files) file.close();
    const { transactions, appends } = recorded();
    expect([transactions, appends.size]).toEqual([60, 60]);
  });

  it('says of a transaction that failed what is true of one that was aborted', () => {
    const file = new HistoryFile(path, 0, 1);
    for (const outcome of [COMMITTED, USER_ABORT, FAILED, FAILED_BY_DOUBT] as const) {
      file.begin(0);
      file.end(0, outcome);
    }
    file.begin(0);
    expect(() => file.end(0, QUEUED)).toThrow('no outcome yet');
    file.close();
    expect([...recorded().outcomes]).toEqual([1, 3, 0]);
  });

  it('has what is older than a moment, should the process be killed', () => {
    let nowNs = 5e9;
    const file = new HistoryFile(path, 0, 1, () => nowNs);
    append(file, 0, 1);
    expect(statSync(path).size).toBe(0);
    nowNs += 1e9;
    append(file, 0, 2);
    expect(recorded().transactions).toBe(2);
    append(file, 0, 3);
    expect(recorded().transactions).toBe(2);
    file.close();
    expect(recorded().transactions).toBe(3);
  });

  it('tells the time by the clock that all processes of the machine share', () => {
    const beforeNs = Number(process.hrtime.bigint());
    const file = new HistoryFile(path, 0, 1);
    append(file, 0, 1);
    file.close();
    const { startNs, endNs } = recorded();
    const times = [beforeNs, startNs.at(0), endNs.at(0), Number(process.hrtime.bigint())];
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it('keeps the order of times on a machine that has been up for years', () => {
    const YEAR_SECONDS = 365 * 24 * 3600;
    let nanoseconds = 0;
    const file = new HistoryFile(path, 0, 1, () => 3 * YEAR_SECONDS * 1e9 + nanoseconds);
    for (let i = 0; i < 20; i++) {
      nanoseconds += 7001;
      append(file, 0, i);
    }
    file.close();
    const { startNs, endNs } = recorded();
    for (let i = 0; i < 20; i++) {
      expect(Math.abs(startNs.at(i) - 3 * YEAR_SECONDS * 1e9 - 7001 * (i + 1))).toBeLessThanOrEqual(16);
      expect(endNs.at(i)).toBe(startNs.at(i));
    }
  });
});
