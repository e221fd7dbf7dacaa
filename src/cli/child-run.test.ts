import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OperatingFault } from '../errors.ts';
import { sampleResult } from '../report/testing/sample-result.ts';
import { childRuns } from './child-run.ts';

const SAMPLE = sampleResult();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dbtest-child-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs of a program of the test's own. */
function runsOf(program: string) {
  const path = join(folder, 'program.mjs');
  writeFileSync(path, `import { readFileSync, writeFileSync } from 'node:fs';\n${program}`);
  return childRuns(path, []);
}

const faultOf = async (run: Promise<unknown>): Promise<OperatingFault> => {
  const error = await run.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof OperatingFault)) throw new Error(`no fault but ${error}`);
  return error;
};

describe('childRuns', () => {
  it('hands the words over and reads the result from standard output', async () => {
    writeFileSync(join(folder, 'result.json'), JSON.stringify(SAMPLE));
    const runs = runsOf(`
      writeFileSync(${JSON.stringify(join(folder, 'argv.json'))}, JSON.stringify(process.argv.slice(2)));
      process.stderr.write('the text report\\n');
      process.stdout.write(readFileSync(${JSON.stringify(join(folder, 'result.json'))}));
    `);
    expect(await runs.run(['--seed', '7', '--x=a b'], 'run 1 of A')).toEqual(SAMPLE);
    const argv = JSON.parse(readFileSync(join(folder, 'argv.json'), 'utf8'));
    expect(argv).toEqual(['run', '--seed', '7', '--x=a b', '--json', '-', '--quiet']);
  });

  it.each([
    [
      `process.stderr.write('x\\ndbtest: port 31000 is taken\\n'); process.exitCode = 5;`,
      5,
      'run 1 of A ended with exit status 5: port 31000 is taken',
    ],
    [
      `process.stderr.write('dbtest: internal error, report these lines:\\nError: lost a row\\n  at x\\n'); process.exitCode = 1;`,
      1,
      'run 1 of A ended with exit status 1: internal error, report these lines:\nError: lost a row',
    ],
    ['process.exitCode = 3;', 3, 'run 1 of A: a consistency condition failed'],
    [`process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 10_000);`, 1, 'run 1 of A was ended by SIGTERM'],
    [`process.stdout.write('{}');`, 2, 'cannot read the result of run 1 of A: no result of dbtest --json'],
  ])('turns a run that ended badly into a fault: %s', async (program, exitStatus, message) => {
    const fault = await faultOf(runsOf(program).run([], 'run 1 of A'));
    expect(fault.exitStatus).toBe(exitStatus);
    expect(fault.message).toContain(message);
  });

  it('keeps the run out of the group that Ctrl-C goes to, and ends it when told to', async () => {
    const pidPath = join(folder, 'pid');
    const runs = runsOf(`
      writeFileSync(${JSON.stringify(pidPath)}, String(process.pid));
      setTimeout(() => {}, 60_000);
    `);
    const fault = faultOf(runs.run([], 'run 1 of A'));
    while (!existsSync(pidPath) || readFileSync(pidPath, 'utf8') === '') await sleep(10);
    const pid = Number(readFileSync(pidPath, 'utf8'));
    // A process group of that id exists only where the process leads it.
    expect(process.kill(-pid, 0)).toBe(true);
    runs.kill();
    expect((await fault).message).toContain('was ended by SIGKILL');
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});
