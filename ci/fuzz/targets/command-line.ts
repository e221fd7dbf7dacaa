/**
 * Command lines: parsed and validated in this process, up to the moment where a run would start. The words of commands that
 * start anything else do not belong in the dictionary.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { checkCpuList } from '../../../src/bench/place-threads.ts';
import type { CliContext } from '../../../src/cli/context.ts';
import { main } from '../../../src/cli/main.ts';
import { runOptionDefinitions } from '../../../src/cli/option-definitions.ts';
import type { RunConfig } from '../../../src/config/run-config.ts';
import { EXIT, OperatingFault } from '../../../src/errors.ts';
import { check, checkMessage, type FuzzTarget, type OpenTarget, valueOrFault } from '../fuzz-target.ts';
import { exampleHistory } from './history.ts';

/** Between arguments. No argument of a real command line holds one. */
const SEPARATOR = '\0';
/** Anything else could lead out of the folder in which the command line runs. */
const PATH_SEPARATOR = /\//g;

const SHARD_FILE = 'nshards: 2\nshards:\n  - {shard_id: 0, port: 31000}\n  - {shard_id: 1, port: 31100}\n';
const FILES: Readonly<Record<string, string | Uint8Array>> = {
  'two.yml': SHARD_FILE,
  'not.yml': 'nshards: [\n',
  secret: 'swordfish\n',
  good: exampleHistory(true, 1),
  bad: exampleHistory(false, 1),
};
const FOLDERS = ['empty'];
const NAMES = [...Object.keys(FILES), ...FOLDERS].sort().join();

class Kept extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

function fill(folder: string): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
  for (const name of FOLDERS) mkdirSync(join(folder, name));
}

async function run(argv: string[], folder: string): Promise<void> {
  const stdout = new Kept();
  const stderr = new Kept();
  let config: RunConfig | null = null;
  const context: CliContext = {
    stdout,
    stderr,
    env: {},
    signals: { on: () => {}, off: () => {} },
    exitNow: () => check(false, 'it ends the process'),
    hideArguments: () => {},
    loadDatabaseBench: () => Promise.reject(new Error('no databases here')),
    nowMs: () => 0,
    workloadsFolder: new URL('../../../workloads/', import.meta.url),
    loadBench: async () => ({
      startBenchmark: (started) => {
        config = started;
        throw new OperatingFault('INTERRUPTED', EXIT.interrupted, 'the run would start here');
      },
      startPreparation: (_, started) => {
        config = started;
        throw new OperatingFault('INTERRUPTED', EXIT.interrupted, 'the load would start here');
      },
    }),
    loadReport: async () => {
      throw new Error('nothing is reported');
    },
  };
  const status = await main(argv, context);
  const names = readdirSync(folder).sort().join();
  const changed = names !== NAMES;
  if (changed || argv.includes('--force')) fill(folder);
  if (status === EXIT.interrupted) {
    check(config !== null, 'a run was interrupted that did not start');
    checkConfig(config);
  } else if (status === EXIT.usage) {
    const message = /^dbtest: ([^\n]*)\n$/.exec(stderr.text);
    check(message !== null, `a refusal is not one line: ${JSON.stringify(stderr.text)}`);
    checkMessage(message[1]);
    check(stdout.text === '', 'a refusal writes to standard output');
    check(!changed, `a refusal leaves files: ${names}`);
  } else if (status === EXIT.consistency) check(argv[0] === 'verify', 'nothing was checked that could fail');
  else check(status === EXIT.good, `it ends with status ${status}: ${stderr.text}`);
}

function checkConfig(config: RunConfig): void {
  const { localShardIds, cluster, numThreads } = config;
  check(localShardIds.length > 0 && localShardIds.every((id) => id in cluster.shards), 'a local shard does not exist');
  check(numThreads >= 1 && numThreads <= cluster.warehousesPerShard, 'a worker has no warehouse');
  check(JSON.stringify(structuredClone(config)) === JSON.stringify(config), 'the configuration is no plain data');
  for (const value of [config.runtimeSeconds, config.warmupSeconds, config.seed, config.memoryLimitBytes]) {
    check(Number.isFinite(value) && value >= 0, 'a number of the configuration is none');
  }
  valueOrFault(() => checkCpuList(config));
}

const line = (text: string): string => text.split(' ').join(SEPARATOR);

export const COMMAND_LINE: FuzzTarget = {
  name: 'command-line',
  describe: 'Command lines: everything up to the start of a run',
  bytesMax: 1_024,
  dictionary: [
    ...Object.keys(runOptionDefinitions(null)).flatMap((name) => [
      `${SEPARATOR}--${name}${SEPARATOR}`,
      `${SEPARATOR}--${name}=`,
    ]),
    ...[
      'init',
      'run',
      'verify',
      'good',
      'bad',
      '--model',
      '--witnesses',
      '--allow-missing',
      '--',
      '-h',
      '--help',
      '--version',
      '-P',
      '-',
      '--shards',
      '--host',
      '--base-port',
      '--form',
      '--force',
    ].map((word) => `${SEPARATOR}${word}${SEPARATOR}`),
    ...[
      '0',
      '1',
      '2',
      '-1',
      '0,1',
      '0-3',
      '1e3',
      '0x10',
      '4294967296',
      '1KiB',
      '99999999999999999999',
      '500ms',
      '2h',
      'min',
      'deck',
    ],
    ...[
      'newOrder=45,payment=43',
      'tpcc',
      'two.yml',
      'not.yml',
      'secret',
      'empty',
      'groups',
      'sites',
      '::1',
      'auto',
      'tcp',
      'shm',
    ],
    ...['__proto__', 'constructor', '\u001b[31m', '\n', '\u2028', '$0', '%s', '--no-', '--_', '=', ' ', 'é'],
    SEPARATOR,
  ],
  guidedBy: /\/src\/(cli|config)\/|\/src\/shard\/placement\/|\/node_modules\/yargs/,
  knownFailures: [],
  seeds: () =>
    [
      '',
      '--num-threads 1 --warehouses 4',
      '--local-shards=0,1 --num-threads 4 --transport tcp --ring-capacity min',
      '--shard-config two.yml --shard-index 1 --secret-file secret --json out --export empty',
      '--shard-config not.yml',
      '--mix newOrder=45,payment=43 --pacing keying --warmup 500ms --runtime 2h --seed 7 --memory-limit 1GiB',
      '--rate 100 --cpu-list 0-1 --pin-cpus --no-check --quiet -P p1 --join-timeout 5 --on-peer-loss continue',
      'init --shards 2 --warehouses 3 --host ::1 --form groups --base-port 1 name.yml',
      'verify good',
      'verify --model serializable --witnesses 2 --allow-missing bad',
      'verify --json good bad',
      'run --help',
      '--version',
    ].map(line),
  open: async (): Promise<OpenTarget> => {
    const folder = mkdtempSync(join(tmpdir(), 'dbtest-fuzz-command-line-'));
    const before = process.cwd();
    fill(folder);
    process.chdir(folder);
    return {
      execute: (input) => {
        const text = Buffer.from(input).toString('utf8').replace(PATH_SEPARATOR, ':');
        return run(text === '' ? [] : text.split(SEPARATOR), folder);
      },
      close: async () => {
        process.chdir(before);
        rmSync(folder, { recursive: true });
      },
    };
  },
};
