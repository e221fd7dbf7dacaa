/**
 * Folders of durable runs that are damaged, as their user meets them: the built program refuses each with one line that says
 * the file, the place and what to do, with status 2, and changes nothing. One folder for all. Needs `npm run build`.
 */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CliContext } from './context.ts';
import { findBasePort } from './free-ports.ts';
import { CapturedStream } from './testing/fake-context.ts';
import { folderState } from './testing/folder-state.ts';

const BUILT = new URL('../../dist/src/cli/', import.meta.url);
const SHARD = ['--workload', 'bank', '--num-threads', '1', '--warehouses', '1', '--quiet'];
/** Where one shard is of another time than the other, or in its place. */
const TWO_SHARDS = [...SHARD, '--local-shards=0,1'];
const COMMANDS: readonly (readonly string[])[] = [
  ['recover', '--check'],
  ['run', '--warmup', '0.1', '--runtime', '0.3'],
];

/** With `one` and `two`, of so many shards, which a run has gone on with, and `loaded`, which is `two` before that. */
let sources = '';
let place = '';
let data = '';

/** The built program, without a process of its own: a damaged folder must not cost a second. */
async function dbtest(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const { main } = (await import(new URL('main.js', BUILT).href)) as {
    main(argv: string[], context: CliContext): Promise<number>;
  };
  const { processContext } = (await import(new URL('context.js', BUILT).href)) as { processContext(): CliContext };
  const [stdout, stderr] = [new CapturedStream(), new CapturedStream()];
  const status = await main([...args, '--base-port', String(await findBasePort(2))], {
    ...processContext(),
    stdout,
    stderr,
    env: {},
  });
  return { status, stdout: stdout.text, stderr: stderr.text };
}

/** The files of shard 0, which the damage is done to. */
const shard = (name = '') => join(data, 'shard-0', name);
const named = (pattern: RegExp) => readdirSync(shard()).filter((name) => pattern.test(name));
const LOG = () => shard(named(/dblog$/).at(-1));
const FIRST_LOG = () => shard(named(/dblog$/)[0]);
const SNAPSHOT = () => shard(named(/dbsnap$/)[0]);
const MANIFEST = () => shard('manifest.json');
type Target = () => string;

/** @param place in bytes, from the end where it is negative, or as a share of the file */
function flip(target: Target, where: number): void {
  const bytes = readFileSync(target());
  const at = Number.isInteger(where) ? where : Math.floor(bytes.length * where);
  bytes[at < 0 ? bytes.length + at : at] ^= 0x10;
  writeFileSync(target(), bytes);
}

function cut(target: Target, where: number): void {
  const { size } = statSync(target());
  truncateSync(target(), where < 0 ? size + where : Number.isInteger(where) ? where : Math.floor(size * where));
}

function replaceBy(target: Target, other: () => string): void {
  const [path, source] = [target(), other()];
  cpSync(source, path, { force: true });
}

function makeFolder(target: Target): void {
  const path = target();
  rmSync(path);
  mkdirSync(path);
}

function editManifest(change: (manifest: Record<string, unknown>) => void): void {
  const manifest = JSON.parse(readFileSync(MANIFEST(), 'utf8'));
  change(manifest);
  writeFileSync(MANIFEST(), JSON.stringify(manifest));
}

const otherShard = (pattern: RegExp) => () => {
  const folder = join(sources, 'two', 'shard-1');
  return join(folder, readdirSync(folder).findLast((name) => pattern.test(name)) ?? '');
};

beforeAll(async () => {
  sources = mkdtempSync(join(tmpdir(), 'dbtest-damaged-'));
  const succeed = async (...args: string[]) => {
    const { status, stderr } = await dbtest(...args);
    if (status !== 0) throw new Error(stderr);
  };
  const runtime = ['--warmup', '0.1', '--runtime', '0.3'];
  const [one, two] = [join(sources, 'one'), join(sources, 'two')];
  await succeed('load', ...SHARD, '--data-dir', one);
  await succeed('run', ...SHARD, ...runtime, '--data-dir', one);
  await succeed('load', ...TWO_SHARDS, '--data-dir', two);
  cpSync(two, join(sources, 'loaded'), { recursive: true });
  await succeed('run', ...TWO_SHARDS, ...runtime, '--data-dir', two);
});

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'dbtest-damaged-'));
  data = join(place, 'data');
});

const copy = (source: 'one' | 'two') => cpSync(join(sources, source), data, { recursive: true });

afterEach(() => rmSync(place, { recursive: true, force: true }));
afterAll(() => rmSync(sources, { recursive: true, force: true }));

let turn = 0;

/** By turns the one command and the other: both read the folder alike. */
async function expectRefusal(cluster: readonly string[], message: RegExp): Promise<void> {
  const before = folderState(place);
  const command = COMMANDS[turn++ % COMMANDS.length];
  const { status, stdout, stderr } = await dbtest(...command, ...cluster, '--data-dir', data);
  expect(stderr).toMatch(/^dbtest: .*\n$/);
  expect(stderr).toMatch(message);
  expect([status, stdout]).toEqual([2, '']);
  expect(folderState(place)).toEqual(before);
}

describe('a damaged folder is refused with one line, and nothing in it changes', () => {
  it.each<[string, () => void, RegExp]>([
    [
      'a log with a bit flipped in the header of its file',
      () => flip(LOG, 9),
      /log-\d+\.dblog, byte 0: the block is damaged, and it was durable once; restore/,
    ],
    [
      'a log with a bit flipped in the version of its file',
      () => flip(LOG, 6),
      /log-\d+\.dblog, byte 0: the block is damaged/,
    ],
    ['a log with a bit flipped in a digest', () => flip(LOG, 35), /log-\d+\.dblog, byte 0: the block is damaged/],
    [
      'a log with a bit flipped in the middle',
      () => flip(LOG, 0.4),
      /log-\d+\.dblog, byte [1-9]\d*: the block is damaged/,
    ],
    [
      'a log with a bit flipped in the last block, of a run that came to its end',
      () => flip(LOG, -2),
      /log-\d+\.dblog, byte [1-9]\d*: the block is damaged/,
    ],
    ['an emptied log', () => cut(LOG, 0), /log-\d+\.dblog, byte 0: the file is cut off: it had \d+ bytes; restore/],
    [
      'an emptied log before others',
      () => cut(FIRST_LOG, 0),
      /log-00000000\.dblog, byte 0: the file is empty; restore/,
    ],
    ['a log cut off in its first block', () => cut(LOG, 20), /log-\d+\.dblog, byte 0: the block is damaged/],
    ['a log cut off in the middle', () => cut(LOG, 0.6), /log-\d+\.dblog, byte [1-9]\d*: /],
    [
      'a log cut off by its last block, of a run that came to its end',
      () => cut(LOG, -4096),
      /byte [1-9]\d*: (the file is cut off: it had|the block is damaged, and it was durable once)/,
    ],
    ['a missing log', () => rmSync(LOG()), /log-\d+\.dblog: it is missing; restore/],
    ['a missing log at the start', () => rmSync(FIRST_LOG()), /log-00000000\.dblog: it is missing; restore/],
    [
      'a log that is a folder',
      () => makeFolder(LOG),
      /log-\d+\.dblog: there is a folder where a file should be; restore/,
    ],
    [
      'a log of another shard',
      () => replaceBy(LOG, otherShard(/dblog$/)),
      /log-\d+\.dblog(, byte 0: it is block|: written by another configuration \(shardId)/,
    ],
    [
      'a log of another place',
      () => replaceBy(LOG, FIRST_LOG),
      /log-\d+\.dblog, byte 0: it is block 0, and block \d+ belongs there; restore/,
    ],
    [
      'a foreign file with the name of a log',
      () => writeFileSync(shard('log-99999999.dblog'), 'hello'),
      /log-99999999\.dblog, byte 0: a file is missing between it and block \d+/,
    ],
    ['a snapshot with a bit flipped in its first header', () => flip(SNAPSHOT, 1), /dbsnap, byte 0: .*restore/],
    [
      'a snapshot with a bit flipped in a digest',
      () => flip(SNAPSHOT, 9),
      /dbsnap, byte 0: the checksum does not match; restore/,
    ],
    [
      'a snapshot with a bit flipped in the middle',
      () => flip(SNAPSHOT, 0.5),
      /dbsnap, byte [1-9]\d*: the checksum does not match; restore/,
    ],
    ['an emptied snapshot', () => cut(SNAPSHOT, 0), /dbsnap, byte 0: the file is empty; restore/],
    [
      'a snapshot cut off in the middle',
      () => cut(SNAPSHOT, 0.7),
      /dbsnap, byte [1-9]\d*: the file is cut off; restore/,
    ],
    ['a snapshot cut off at the end', () => cut(SNAPSHOT, -1), /dbsnap, byte [1-9]\d*: the file is cut off; restore/],
    ['a missing snapshot', () => rmSync(SNAPSHOT()), /dbsnap: it is missing; restore/],
    [
      'a snapshot of another shard',
      () => replaceBy(SNAPSHOT, otherShard(/dbsnap$/)),
      /dbsnap: the file is another one's \(shard 1 of 2, .*; here belongs shard 0 of 1, .*; restore/,
    ],
    [
      'a manifest with another digit',
      () => flip(MANIFEST, readFileSync(MANIFEST()).indexOf('"epoch": ') + 9),
      /manifest\.json: (the checksum does not match|it is no JSON); restore/,
    ],
    ['an emptied manifest', () => cut(MANIFEST, 0), /manifest\.json: the file is empty; restore/],
    ['a manifest cut off', () => cut(MANIFEST, 0.5), /manifest\.json: it is no JSON; restore/],
    ['a missing manifest', () => rmSync(MANIFEST()), /manifest\.json: it is missing beside log files: .*restore/],
    [
      'a manifest that is a link to nowhere',
      () => {
        rmSync(MANIFEST());
        symlinkSync('/nowhere/at/all', MANIFEST());
      },
      /manifest\.json: it is missing; restore/,
    ],
    [
      'a manifest of another shard',
      () => replaceBy(MANIFEST, otherShard(/^manifest/)),
      /manifest\.json: written by another configuration \(shardId 1 instead of 0, shards 2 instead of 1\); use that one/,
    ],
    [
      'a folder of a newer version',
      () =>
        editManifest((manifest) => {
          manifest['schemaVersion'] = 9;
        }),
      /manifest\.json: written by another version of dbtest \(schema 9 instead of \d\); use that one/,
    ],
    [
      'what is no folder',
      () => {
        rmSync(data, { recursive: true });
        writeFileSync(data, '');
      },
      /shard-0: there is a file where a folder should be; move it, or give another --data-dir/,
    ],
  ])('%s', async (_, damage, message) => {
    copy('one');
    damage();
    await expectRefusal(SHARD, message);
  });

  it.each<[string, () => void, RegExp]>([
    [
      "shards in each other's folders",
      () => {
        renameSync(shard(), join(data, 'aside'));
        renameSync(join(data, 'shard-1'), shard());
        renameSync(join(data, 'aside'), join(data, 'shard-1'));
      },
      /manifest\.json: written by another configuration \(shardId/,
    ],
    [
      'a shard of an older copy',
      () => {
        rmSync(shard(), { recursive: true });
        cpSync(join(sources, 'loaded', 'shard-0'), shard(), { recursive: true });
      },
      /shard-0: its files end with epoch \d+, and epoch \d+ was durable in every shard; .*restore copies of one time/,
    ],
    [
      'a missing shard',
      () => rmSync(shard(), { recursive: true }),
      /some shards have data and others have none \(here shard 0\): .*restore/,
    ],
    [
      'a shard whose folder is a file',
      () => {
        rmSync(shard(), { recursive: true });
        writeFileSync(shard(), '');
      },
      /shard-0: (it is there already|there is a file where a folder should be); move it, or give another --data-dir/,
    ],
  ])('%s', async (_, damage, message) => {
    copy('two');
    damage();
    await expectRefusal(TWO_SHARDS, message);
  });

  it.each<[string, 'one' | 'two', readonly string[], RegExp]>([
    ['more warehouses', 'one', SHARD.with(5, '2'), /fingerprint bank, 1 warehouses .* instead of bank, 2 warehouses/],
    ['another seed', 'one', [...SHARD, '--seed', '7'], /fingerprint .* seed 1, .* instead of .* seed 7/],
    ['more workers', 'one', SHARD.with(3, '2').with(5, '2'), /workers 1 instead of 2/],
    ['more shards', 'one', TWO_SHARDS, /shards 1 instead of 2/],
    ['fewer shards', 'two', SHARD, /shards 2 instead of 1/],
    ['another workload', 'one', SHARD.with(1, 'tpcc'), /fingerprint bank, .* instead of tpcc, /],
  ])('of a configuration with %s', async (_, source, cluster, message) => {
    copy(source);
    await expectRefusal(cluster, message);
  });
});

describe('what is no damage', () => {
  it.each<[string, () => void]>([
    [
      'files of others',
      () => {
        writeFileSync(shard('notes.txt'), 'x');
        mkdirSync(join(data, 'backup'));
      },
    ],
    [
      'what a crash leaves: unfinished files, and the mark of a process that has ended',
      () => {
        writeFileSync(shard('manifest.json.partial'), '{');
        writeFileSync(shard('snapshot-0000000009-0.dbsnap.partial'), 'x');
        writeFileSync(shard('in-use.7.1.ab'), 'taken\n');
      },
    ],
    [
      'a log file that had just been begun',
      () => {
        const { length } = readFileSync(LOG());
        expect(length).toBeGreaterThan(0);
        writeFileSync(shard(`log-${String(blocksOf(LOG())).padStart(8, '0')}.dblog`), '');
      },
    ],
  ])('%s', async (_, change) => {
    copy('one');
    change();
    const { status, stderr } = await dbtest('recover', ...SHARD, '--check', '--data-dir', data);
    expect([status, stderr]).toEqual([0, '']);
  });
});

/** The number of the block that would come after a file. */
function blocksOf(path: string): number {
  const bytes = readFileSync(path);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let next = 0;
  for (let at = 0; at < bytes.length; at += 48 + ((view.getUint32(at + 8, true) + 7) & ~7))
    next = view.getFloat64(at + 16, true) + 1;
  return next;
}
