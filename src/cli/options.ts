/** The options of a run as the help shows them, and how their texts become the values that a RunConfig is made of. */
import { assert } from '../assert.ts';
import { defaultMemoryLimitBytes } from '../config/memory.ts';
import { parseMix } from '../config/mixes.ts';
import { DEFAULT_BASE_PORT, HIGHEST_PORT, PORT_STEP, type RunOptions } from '../config/resolve.ts';
import type { ClusterRole, MixConfig, PacingConfig } from '../config/run-config.ts';
import { MOST_WAREHOUSES_PER_SHARD } from '../config/shard-file.ts';
import { formatSize } from '../config/sizes.ts';
import { usageFault } from '../errors.ts';
import type { GivenValues, OptionDefinitions } from './command.ts';
import { OptionReader, type Range } from './option-reader.ts';
import { type LoadedWorkload, optionSpelling } from './workloads.ts';

export const DEFAULT_WORKLOAD = 'tpcc';

const ROLES: readonly ClusterRole[] = ['localhost', 'p1', 'p2', 'learner'];
const PACINGS = ['none', 'keying'] as const;

/** What a plain run uses where nothing is said. */
const DEFAULTS = { numThreads: 1, terminals: 10, warmupSeconds: 2, runtimeSeconds: 10, seed: 1 } as const;

const WHOLE_SHARD_IDS: Range = { low: 0, high: Math.floor((HIGHEST_PORT - DEFAULT_BASE_PORT) / PORT_STEP) };
const THREADS: Range = { low: 1, high: 1024 };
const WAREHOUSES: Range = { low: 1, high: MOST_WAREHOUSES_PER_SHARD };
const TERMINALS: Range = { low: 1, high: 1000 };
const SEEDS: Range = { low: 0, high: 2 ** 32 - 1 };
/** A week: long enough for any soak test, and within what timers can count. */
const LONGEST_SECONDS = 7 * 24 * 3600;
const WARMUP_SECONDS: Range = { low: 0, high: LONGEST_SECONDS };
const RUNTIME_SECONDS: Range = { low: 0.1, high: LONGEST_SECONDS };
const RATES: Range = { low: 0.001, high: 1e9 };
/** Below this not even the tables' first chunks fit. */
const LEAST_MEMORY_BYTES = 16 * 2 ** 20;

const TOPOLOGY = 'Shards and threads:';
const WORKLOAD = 'Workload:';
const MEASUREMENT = 'Measurement:';
const OUTPUT = 'Output:';

/** @param workload null where its own options do not matter, e.g. for the help of another command */
export function runOptionDefinitions(workload: LoadedWorkload | null): OptionDefinitions {
  const own = Object.fromEntries(
    (workload?.options ?? []).map(({ name, describe, default: value, low, high }) => [
      optionSpelling(name),
      {
        group: `Workload ${workload?.name}:`,
        describe: `${describe} (${low} to ${high})`,
        kind: 'value' as const,
        defaultText: String(value),
      },
    ]),
  );
  for (const name of Object.keys(own)) {
    assert(!Object.hasOwn(COMMON_OPTIONS, name), `the workload's option ${name} has the name of an option of dbtest`);
  }
  return { ...COMMON_OPTIONS, ...own };
}

const COMMON_OPTIONS: OptionDefinitions = {
  'shard-config': {
    group: TOPOLOGY,
    kind: 'value',
    describe: 'Shard YAML with the addresses of all shards; `dbtest init` writes one',
    defaultText: '127.0.0.1, ports 31000, 31100, ...',
  },
  'local-shards': {
    group: TOPOLOGY,
    kind: 'value',
    describe: 'Shards that run in this process, e.g. 0,1',
    defaultText: 'the whole cluster',
  },
  'shard-index': { group: TOPOLOGY, kind: 'value', describe: 'The one shard that runs in this process' },
  'paxos-proc-name': {
    group: TOPOLOGY,
    kind: 'value',
    alias: 'P',
    describe: `Cluster role of this process: ${ROLES.join(', ')}; recorded only, dbtest does not replicate`,
    defaultText: 'localhost',
  },
  'num-threads': {
    group: TOPOLOGY,
    kind: 'value',
    describe: 'Worker threads in each shard',
    defaultText: String(DEFAULTS.numThreads),
  },
  warehouses: {
    group: WORKLOAD,
    kind: 'value',
    describe: 'Warehouses in each shard',
    defaultText: "the shard YAML's, else one for each thread",
  },
  terminals: {
    group: WORKLOAD,
    kind: 'value',
    describe: 'Terminals at each warehouse',
    defaultText: String(DEFAULTS.terminals),
  },
  workload: { group: WORKLOAD, kind: 'value', describe: 'Name of the workload', defaultText: DEFAULT_WORKLOAD },
  mix: {
    group: WORKLOAD,
    kind: 'value',
    describe: 'deck, or weights by transaction: newOrder=45,payment=43 (the others get 0)',
    defaultText: 'deck',
  },
  seed: {
    group: WORKLOAD,
    kind: 'value',
    describe: 'Seed of all random input; the same seed gives the same data and transactions',
    defaultText: String(DEFAULTS.seed),
  },
  warmup: {
    group: MEASUREMENT,
    kind: 'value',
    describe: 'Time before the measurement: 30, 500ms, 30s, 2m, 1h',
    defaultText: `${DEFAULTS.warmupSeconds}s`,
  },
  runtime: {
    group: MEASUREMENT,
    kind: 'value',
    describe: 'Time measured: 30, 500ms, 30s, 2m, 1h',
    defaultText: `${DEFAULTS.runtimeSeconds}s`,
  },
  pacing: {
    group: MEASUREMENT,
    kind: 'value',
    describe: 'none: a terminal starts at once again; keying: after keying and think times',
    defaultText: 'none',
  },
  rate: {
    group: MEASUREMENT,
    kind: 'value',
    describe: 'Transactions a second in total, started on schedule however long the others take (open loop)',
  },
  'memory-limit': {
    group: MEASUREMENT,
    kind: 'value',
    describe: 'End the run early when the engine has filled this much memory: 512MB, 4GiB',
    defaultText: `60% of memory, ${formatSize(defaultMemoryLimitBytes())}`,
  },
  'no-check': { group: MEASUREMENT, kind: 'flag', describe: 'Skip the consistency conditions after the run' },
  json: {
    group: OUTPUT,
    kind: 'value',
    describe: 'Write the result as JSON to this file; - is stdout, and the text report then goes to stderr',
  },
  export: {
    group: OUTPUT,
    kind: 'value',
    describe: 'Write every table as CSV into this folder after the run; it must be new or empty',
  },
  quiet: { group: OUTPUT, kind: 'flag', describe: 'No log and no progress on stderr' },
};

/** The values of a run's options: what the configuration needs, and what only the command line needs. */
export interface ReadRunOptions {
  shardConfigPath: string | null;
  quiet: boolean;
  options: RunOptions;
}

/** @throws OperatingFault at the first value that is not accepted */
export function readRunOptions(given: GivenValues, workload: LoadedWorkload): ReadRunOptions {
  const read = new OptionReader(given);
  const options: RunOptions = {
    localShards: read.ids('local-shards', WHOLE_SHARD_IDS),
    shardIndex: read.wholeNumber('shard-index', WHOLE_SHARD_IDS),
    clusterRole: read.choice('paxos-proc-name', ROLES) ?? 'localhost',
    numThreads: read.wholeNumber('num-threads', THREADS) ?? DEFAULTS.numThreads,
    warehouses: read.wholeNumber('warehouses', WAREHOUSES),
    terminalsPerWarehouse: read.wholeNumber('terminals', TERMINALS) ?? DEFAULTS.terminals,
    workload: {
      name: workload.name,
      moduleUrl: workload.moduleUrl,
      options: Object.fromEntries(
        workload.options.map((option) => [
          option.name,
          read.decimal(optionSpelling(option.name), option) ?? option.default,
        ]),
      ),
    },
    mix: readMix(read, workload.transactionKeys),
    pacing: readPacing(read),
    warmupSeconds: read.duration('warmup', WARMUP_SECONDS) ?? DEFAULTS.warmupSeconds,
    runtimeSeconds: read.duration('runtime', RUNTIME_SECONDS) ?? DEFAULTS.runtimeSeconds,
    seed: read.wholeNumber('seed', SEEDS) ?? DEFAULTS.seed,
    memoryLimitBytes: read.size('memory-limit', LEAST_MEMORY_BYTES) ?? defaultMemoryLimitBytes(),
    check: !read.flag('no-check'),
    jsonPath: read.text('json', 'the path of a file, or - for stdout'),
    exportDir: read.text('export', 'the path of a folder that is new or empty'),
  };
  return {
    shardConfigPath: read.text('shard-config', 'the path of a shard YAML'),
    quiet: read.flag('quiet'),
    options,
  };
}

function readMix(read: OptionReader, transactionKeys: readonly string[]): MixConfig {
  const text = read.text('mix', 'deck, or weights such as newOrder=45,payment=43');
  if (text === null) return { kind: 'deck' };
  const parsed = parseMix(text, transactionKeys);
  if ('problem' in parsed) throw usageFault(`--mix: ${parsed.problem}`);
  return parsed.mix;
}

function readPacing(read: OptionReader): PacingConfig {
  const pacing = read.choice('pacing', PACINGS);
  const rate = read.decimal('rate', RATES);
  if (rate === null) return { kind: pacing ?? 'none' };
  if (pacing === 'keying') {
    throw usageFault('--rate and --pacing keying both say when transactions start; give one of them');
  }
  return { kind: 'rate', transactionsPerSecond: rate };
}
