import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OperatingFault } from '../errors.ts';
import { JOURNAL_NAME, openJournal, type PlanParts } from './journal.ts';
import { readRateLine, readRepeatedLine } from './journal-lines.ts';
import { SAMPLE_HOST, sampleRun } from './testing/sample-sweeps.ts';

const PLAN: PlanParts = { axes: ['shards=1,2'], repeat: 3, seed: 1 };

interface Line {
  run: number;
}

let folder: string;
let path: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'dbtest-journal-')), 'new');
  path = join(folder, JOURNAL_NAME);
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

const readLine = (data: unknown): Line | null =>
  typeof (data as Line | null)?.run === 'number' ? (data as Line) : null;

function open(plan: PlanParts = PLAN) {
  return openJournal<Line>(folder, plan, readLine);
}

/** Opens, appends, closes; returns what was there before. */
function session(...runs: number[]): readonly number[] {
  const journal = open();
  for (const run of runs) journal.append({ run });
  journal.close();
  return journal.kept.map(({ run }) => run);
}

function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(OperatingFault);
    expect((error as OperatingFault).exitStatus).toBe(2);
    expect((error as Error).message).not.toContain('\n');
    return (error as Error).message;
  }
  throw new Error('it was not refused');
}

describe('the journal of a sweep', () => {
  it('goes on behind the last line', () => {
    expect(session(1, 2)).toEqual([]);
    expect(session(3)).toEqual([1, 2]);
    expect(session()).toEqual([1, 2, 3]);
  });

  it('drops a line that was being written when the process died, and writes over it', () => {
    session(1, 2);
    appendFileSync(path, '{"run":3, "half a li');
    expect(session(4)).toEqual([1, 2]);
    expect(session()).toEqual([1, 2, 4]);
  });

  it('begins where a process died before the first line was whole', () => {
    session();
    writeFileSync(path, '');
    expect(session(1)).toEqual([]);
    expect(session()).toEqual([1]);
  });

  it('refuses another plan, and says in what it differs', () => {
    session(1);
    expect(refusal(() => open({ ...PLAN, repeat: 5 }))).toBe(
      `--out: ${path} has a sweep of another plan: repeat was 3, and is 5 now; ` +
        'give another folder, or start with the options of that sweep to go on with it',
    );
    expect(refusal(() => open({ ...PLAN, threshold: 'p99<1ms' }))).toContain(
      'threshold was not given, and is p99<1ms now',
    );
    expect(session()).toEqual([1]);
  });

  it('refuses what is damaged, and what is no journal', () => {
    session(1, 2, 3);
    const lines = readFileSync(path, 'utf8').split('\n');
    writeFileSync(path, [lines[0], lines[1], '{"run":', ...lines.slice(3)].join('\n'));
    expect(refusal(open)).toContain('is damaged at line 3');
    for (const text of ['some notes\n', '{}\n', '{"kind":"dbtest sweep journal","version":1}\n']) {
      writeFileSync(path, text);
      expect(refusal(open)).toContain('is no journal of dbtest sweep');
    }
    writeFileSync(path, '{"kind":"dbtest sweep journal","version":2,"plan":{}}\n');
    expect(refusal(open)).toContain('was written by another version of dbtest');
  });

  it('refuses a folder that cannot be one', () => {
    writeFileSync(folder, '');
    expect(refusal(open)).toContain('cannot be written');
  });
});

describe('lines of a journal', () => {
  const run = { point: 1, host: SAMPLE_HOST, ...sampleRun(5) };

  it('come back as they were written', () => {
    const repeated = { ...run, repetition: 0 };
    expect(readRepeatedLine(JSON.parse(JSON.stringify(repeated)), 2)).toEqual(repeated);
    const rated = { ...run, rate: 10, achievedTps: 9.5, measured: null, keptUp: false, isWithin: false };
    expect(readRateLine(JSON.parse(JSON.stringify(rated)), 2)).toEqual(rated);
  });

  it('are none where something is missing or out of place', () => {
    const repeated = { ...run, repetition: 0 };
    expect(readRepeatedLine(repeated, 1)).toBeNull();
    for (const key of Object.keys(repeated)) {
      const { [key as keyof typeof repeated]: _, ...rest } = repeated;
      expect(readRepeatedLine(rest, 2), key).toBeNull();
    }
    expect(readRepeatedLine({ ...repeated, figures: { p99: 'fast' } }, 2)).toBeNull();
    expect(readRepeatedLine(null, 2)).toBeNull();
    expect(readRateLine(run, 2)).toBeNull();
  });
});
