/**
 * Disks that are full, fail or may not be used, for real, as the built program meets them: a status, a line with the file and
 * what to do, the report of what was measured, and everything that was acknowledged afterwards. Needs `npm run build`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunResult } from '../bench/result.ts';
import { findBasePort } from './free-ports.ts';

const DBTEST = fileURLToPath(new URL('../../bin/dbtest.js', import.meta.url));
const SHARD = ['--workload', 'bank', '--num-threads', '1', '--warehouses', '1', '--quiet'];
const LONG = ['--warmup', '0', '--runtime', '50'];
const NOBODY = 65534;
const IS_ROOT = process.getuid?.() === 0;

/** A namespace of mounts: a small file system in it is gone with its last process. */
const NAMESPACE = ['--mount', ...(IS_ROOT ? [] : ['--map-root-user'])];
const CAN_MOUNT =
  spawnSync('unshare', [...NAMESPACE, 'sh', '-c', 'mount -t tmpfs -o size=1m none /mnt'], { stdio: 'ignore' })
    .status === 0;
/** A machine of CI that cannot mount must say so, not skip. */
const IS_CI = process.env['CI'] !== undefined;

/** A loaded folder; tests have copies. */
let loaded = '';
let place = '';
let data = '';
beforeAll(async () => {
  loaded = mkdtempSync(join(tmpdir(), 'dbtest-disk-'));
  data = join(loaded, 'data');
  const { status, stderr } = await dbtest('load');
  if (status !== 0) throw new Error(stderr);
});
afterAll(() => rmSync(loaded, { recursive: true, force: true }));
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'dbtest-disk-'));
  data = join(place, 'data');
  mkdirSync(data);
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

function execute(command: string, args: readonly string[], uid?: number): Promise<Ended> {
  const options = uid === undefined ? {} : { uid, gid: uid };
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const ended: Ended = { status: null, stdout: '', stderr: '' };
  child.stdout.on('data', (piece) => {
    ended.stdout += piece;
  });
  child.stderr.on('data', (piece) => {
    ended.stderr += piece;
  });
  return new Promise((resolve) => {
    child.on('close', (status) => resolve({ ...ended, status }));
  });
}

const commandOf = async (...args: string[]): Promise<string[]> => {
  return [
    process.execPath,
    DBTEST,
    ...args,
    ...SHARD,
    '--data-dir',
    data,
    '--base-port',
    String(await findBasePort(1)),
  ];
};

const dbtest = async (...args: string[]): Promise<Ended> => {
  const [node, ...rest] = await commandOf(...args);
  return execute(node, rest);
};

/** Quoted for a shell. */
const words = (args: readonly string[]): string => args.map((each) => `'${each}'`).join(' ');

/**
 * Runs commands one after the other on a file system of its own; it grows before those that are to have room.
 * @returns of each command: its status and what it printed
 */
async function onSmallDisk(size: string, small: readonly string[][], roomy: readonly string[][]): Promise<Ended[]> {
  const commands = [...small, ...roomy];
  const folder = join(place, 'out');
  mkdirSync(folder);
  const script = [
    `mount -t tmpfs -o size=${size} none ${data} || exit 1`,
    ...commands.flatMap((command, i) => [
      ...(i === small.length ? [`mount -o remount,size=100m ${data}`] : []),
      `${words(command)} >${folder}/${i}.out 2>${folder}/${i}.err; echo $? >${folder}/${i}.status`,
    ]),
    `cd ${folder}; for file in *; do echo "=== $file"; cat "$file"; echo; done`,
  ];
  const { stdout, stderr, status } = await execute('unshare', [...NAMESPACE, 'sh', '-c', script.join('\n')]);
  expect(status, stderr).toBe(0);
  const files = new Map(
    stdout
      .split(/^=== /m)
      .slice(1)
      .map((part) => {
        const end = part.indexOf('\n');
        return [part.slice(0, end), part.slice(end + 1, -1)];
      }),
  );
  return commands.map((_, i) => ({
    status: Number(files.get(`${i}.status`)),
    stdout: files.get(`${i}.out`) ?? '',
    stderr: files.get(`${i}.err`) ?? '',
  }));
}

/** One line says it, after the report where there is one, with the status of a lost disk. */
function expectFault({ status, stderr }: Ended, message: RegExp): void {
  const lines = stderr.trimEnd().split('\n');
  expect(lines.filter((line) => line.startsWith('dbtest: '))).toEqual([lines.at(-1)]);
  expect(lines.at(-1)).toMatch(message);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(status).toBe(5);
}

function expectReport({ stdout }: Ended): void {
  const { endedBy, totals, consistency, deviations, durability } = JSON.parse(stdout) as RunResult;
  expect(endedBy).toBe('disk-error');
  expect(totals.commits).toBeGreaterThan(0);
  expect(totals.persistThroughputTps).toBeGreaterThan(0);
  expect(durability?.records).toBeGreaterThan(0);
  expect(consistency.passed).toBe(true);
  expect(deviations.join()).toMatch(/with an error of the disk, .*cannot write/);
}

function expectWhole({ status, stdout, stderr }: Ended): void {
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/all \d+ conditions hold/);
}

describe('a write that fails in mid run', () => {
  it('ends the run with the report of what was measured; what was acknowledged is there', async () => {
    cpSync(join(loaded, 'data'), data, { recursive: true });
    // The system refuses to let any file grow beyond this: no rights are needed for that.
    const run = await commandOf('run', ...LONG, '--json', '-');
    const ended = await execute('bash', ['-c', `ulimit -f 700; exec ${words(run)}`]);
    expectFault(ended, /cannot write .*shard-0\/log-\d+\.dblog: the file is larger .*start again with .* \(EFBIG\)/);
    expectReport(ended);
    expectWhole(await dbtest('recover', '--check'));
  });
});

describe.skipIf(!CAN_MOUNT && !IS_CI)('a full disk', () => {
  it('during the load is told, and the load works once there is room', async () => {
    const load = await commandOf('load');
    const [full, again, used] = await onSmallDisk('300k', [load], [load, await commandOf('recover', '--check')]);
    expectFault(full, /cannot write .*dbsnap\.partial: no space left on the device; free some, then start again/);
    expect(full.stdout).toBe('');
    expect(again.status, again.stderr).toBe(0);
    expectWhole(used);
  });

  it('in mid run ends it with the report of what was measured; what was acknowledged is there', async () => {
    const [full, stillFull, recovered] = await onSmallDisk(
      '1500k',
      [await commandOf('run', ...LONG, '--json', '-'), await commandOf('recover', '--check')],
      [await commandOf('recover', '--check')],
    );
    expectFault(full, /cannot write .*log-\d+\.dblog: no space left on the device; free some/);
    expectReport(full);
    // What the crash had cut off may leave room enough.
    if (stillFull.status !== 0)
      expectFault(stillFull, /cannot (write|create) .*shard-0\/.*: no space left on the device; free some/);
    expectWhole(recovered);
  });

  it('during a snapshot is told; the one before is in force', async () => {
    const [full, recovered] = await onSmallDisk(
      '1800k',
      [await commandOf('run', ...LONG, '--json', '-', '--snapshot-log-mb', '1')],
      [await commandOf('recover', '--check')],
    );
    expectFault(
      full,
      /cannot write .*(dbsnap|manifest\.json|dblog)(\.partial)?: no space left on the device; free some/,
    );
    expectReport(full);
    expectWhole(recovered);
  });
});

/** Who may not do everything: root may, and becomes somebody else for this. */
const OTHER = IS_ROOT ? { uid: NOBODY } : {};
const CAN_BE_OTHER = spawnSync(process.execPath, [DBTEST, '--version'], OTHER).status === 0;

describe.skipIf(!CAN_BE_OTHER && !IS_CI)('a folder', () => {
  async function refused(change: (shard: string) => void): Promise<Ended> {
    cpSync(join(loaded, 'data'), data, { recursive: true });
    const shard = join(data, 'shard-0');
    if (IS_ROOT) {
      chmodSync(place, 0o755);
      for (const path of [data, shard, ...readdirSync(shard).map((name) => join(shard, name))])
        chownSync(path, NOBODY, NOBODY);
    }
    change(shard);
    const [node, ...args] = await commandOf('recover', '--check');
    const ended = await execute(node, args, OTHER.uid);
    chmodSync(data, 0o755);
    chmodSync(shard, 0o755);
    return ended;
  }

  it.each<[string, (shard: string) => void, RegExp]>([
    ['that may not be entered', () => chmodSync(data, 0), /cannot read .*data\/shard-0: no permission; let the user/],
    [
      'that may not be written',
      (shard) => chmodSync(shard, 0o555),
      /cannot use .*shard-0: no permission; let the user/,
    ],
    [
      'with a log that may not be read',
      (shard) => chmodSync(join(shard, 'log-00000000.dblog'), 0),
      /cannot read .*log-00000000\.dblog: no permission; let the user/,
    ],
    [
      'with a manifest that may not be read',
      (shard) => chmodSync(join(shard, 'manifest.json'), 0),
      /cannot read .*manifest\.json: no permission; let the user/,
    ],
    [
      'with a snapshot that may not be read',
      (shard) => chmodSync(join(shard, 'snapshot-0000000000-0.dbsnap'), 0),
      /cannot read .*dbsnap: no permission; let the user/,
    ],
  ])('%s is refused', async (_, change, message) => {
    const { status, stdout, stderr } = await refused(change);
    expect(stderr).toMatch(/^dbtest: .*\n$/);
    expect(stderr).toMatch(message);
    expect([status, stdout]).toEqual([2, '']);
  });
});
