/** How the texts of a run's options become the values that a RunConfig is made of. */

import type { RunSecrets } from '../bench/run.ts';
import { CHAOS_FORMS, type ChaosEvent, parseChaos } from '../config/chaos.ts';
import { defaultMemoryLimitBytes } from '../config/memory.ts';
import { parseMix } from '../config/mixes.ts';
import { DEFAULT_BASE_PORT, HIGHEST_PORT, PORT_STEP, type RunOptions } from '../config/resolve.ts';
import type { MixConfig, PacingConfig, PlacementConfig, TransportConfig } from '../config/run-config.ts';
import { MOST_WAREHOUSES_PER_SHARD } from '../config/shard-file.ts';
import { usageFault } from '../errors.ts';
import type { Threshold } from '../report/thresholds.ts';
import { CAPACITY_WORDS_MAX, WORD_BYTES } from '../transport/ring-layout.ts';
import type { GivenValues } from './command.ts';
import { readDurability } from './durability-options.ts';
import { DEFAULTS, PACINGS, PEER_LOSS_POLICIES, ROLES, TRANSPORTS } from './option-definitions.ts';
import { OptionReader, type Range } from './option-reader.ts';
import { type Environment, readSecret } from './secret.ts';
import { readThresholds } from './threshold-option.ts';
import { type LoadedWorkload, optionSpelling } from './workloads.ts';

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
const JOIN_SECONDS: Range = { low: 0.1, high: LONGEST_SECONDS };
/** Below this not even the tables' first chunks fit. */
const MEMORY_BYTES: Range = { low: 16 * 2 ** 20, high: Number.MAX_SAFE_INTEGER };
const RING_BYTES: Range = { low: 256, high: CAPACITY_WORDS_MAX * WORD_BYTES };
/** Stands in RunConfig for the smallest ring that fits. */
const SMALLEST_RING = 0;

const CPU_LIST = /^\d+(-\d+)?(,\d+(-\d+)?)*$/;

/** The values of a run's options: what the configuration needs, and what only the command line needs. */
export interface ReadRunOptions extends RunSecrets {
  shardConfigPath: string | null;
  quiet: boolean;
  /** False keeps the log and leaves out what is redrawn or repeated. */
  showsProgress: boolean;
  /** Where the HTML report, the time series and the histograms go, or null for nowhere. */
  htmlPath: string | null;
  csvPath: string | null;
  hlogPath: string | null;
  thresholds: Threshold[];
  options: RunOptions;
}

/** @throws OperatingFault at the first value that is not accepted */
export function readRunOptions(given: GivenValues, workload: LoadedWorkload, environment: Environment): ReadRunOptions {
  const read = new OptionReader(given);
  const options: RunOptions = {
    localShards: read.ids('local-shards', WHOLE_SHARD_IDS),
    shardIndex: read.wholeNumber('shard-index', WHOLE_SHARD_IDS),
    basePort: read.wholeNumber('base-port', { low: 1, high: HIGHEST_PORT }),
    clusterRole: read.choice('paxos-proc-name', ROLES) ?? 'localhost',
    numThreads: read.wholeNumber('num-threads', THREADS) ?? DEFAULTS.numThreads,
    transport: readTransport(read),
    onPeerLoss: read.choice('on-peer-loss', PEER_LOSS_POLICIES) ?? DEFAULTS.onPeerLoss,
    joinTimeoutSeconds: read.duration('join-timeout', JOIN_SECONDS) ?? DEFAULTS.joinTimeoutSeconds,
    placement: readPlacement(read),
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
      ...loadOptionsOf(workload),
    },
    mix: readMix(read, workload.transactionKeys),
    pacing: readPacing(read),
    warmupSeconds: read.duration('warmup', WARMUP_SECONDS),
    runtimeSeconds: read.duration('runtime', RUNTIME_SECONDS) ?? DEFAULTS.runtimeSeconds,
    seed: read.wholeNumber('seed', SEEDS) ?? DEFAULTS.seed,
    memoryLimitBytes: read.size('memory-limit', MEMORY_BYTES) ?? defaultMemoryLimitBytes(),
    check: !read.flag('no-check'),
    jsonPath: read.text('json', 'the path of a file, or - for stdout'),
    exportDir: read.text('export', 'the path of a folder that is new or empty'),
    historyPath: readHistoryPath(read, workload),
    ...readDurability(read, workload),
    ...readChaos(read),
  };
  if (options.durability !== undefined && options.onPeerLoss === 'continue') {
    throw usageFault(
      '--on-peer-loss continue: without all shards nothing can be acknowledged; leave it out, or --data-dir',
    );
  }
  return {
    shardConfigPath: read.text('shard-config', 'the path of a shard YAML'),
    quiet: read.flag('quiet'),
    showsProgress: !read.flag('no-progress'),
    htmlPath: read.text('html', 'the path of a file'),
    csvPath: read.text('csv', 'the path of a file'),
    hlogPath: read.text('hlog', 'the path of a file'),
    thresholds: readThresholds(read),
    secret: readSecret(read.text('secret-file', 'the path of a file with the secret'), environment),
    options,
  };
}

function loadOptionsOf({ options }: LoadedWorkload): { loadOptions?: string[] } {
  const names = options.filter(({ shapesLoad }) => shapesLoad === true).map(({ name }) => name);
  return names.length === 0 ? {} : { loadOptions: names };
}

function readHistoryPath(read: OptionReader, workload: LoadedWorkload): string | null {
  const path = read.text('history', 'the path of a file');
  if (path !== null && !workload.recordsHistory) {
    throw usageFault(`--history: the workload ${workload.name} records no history; give --workload append`);
  }
  return path;
}

const readTransport = (read: OptionReader): TransportConfig => ({
  kind: read.choice('transport', TRANSPORTS) ?? DEFAULTS.transport,
  ringCapacityBytes: read.size('ring-capacity', RING_BYTES, { min: SMALLEST_RING }),
});

function readPlacement(read: OptionReader): PlacementConfig {
  const cpuList = read.matching('cpu-list', CPU_LIST, 'CPUs and ranges of them, such as 0-3,8');
  return {
    pinCpus: read.flag('pin-cpus') || cpuList !== null,
    cpuList,
    lowTransportPriority: read.flag('low-transport-priority'),
  };
}

function readMix(read: OptionReader, transactionKeys: readonly string[]): MixConfig {
  const text = read.text('mix', 'deck, or weights such as newOrder=45,payment=43');
  if (text === null) return { kind: 'deck' };
  const parsed = parseMix(text, transactionKeys);
  if ('problem' in parsed) throw usageFault(`--mix: ${parsed.problem}`);
  return parsed.mix;
}

function readChaos(read: OptionReader): { chaos?: ChaosEvent[] } {
  const texts = read.texts('chaos', CHAOS_FORMS);
  if (texts === null) return {};
  const chaos = texts.flatMap((text) => {
    const parsed = parseChaos(text);
    if ('problem' in parsed) throw usageFault(`--chaos: ${parsed.problem}`);
    return parsed.events;
  });
  return { chaos };
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
