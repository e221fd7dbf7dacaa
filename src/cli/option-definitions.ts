/** The options of a run as the help shows them: names, groups, explanations and defaults. */
import { assert } from '../assert.ts';
import { CHAOS_FORMS } from '../config/chaos.ts';
import { defaultMemoryLimitBytes } from '../config/memory.ts';
import { DEFAULT_BASE_PORT, WARMUP_SECONDS_A_TURN } from '../config/resolve.ts';
import type { ClusterRole, PeerLossPolicy, TransportKind } from '../config/run-config.ts';
import { formatSize } from '../config/sizes.ts';
import type { OptionDefinition, OptionDefinitions } from './command.ts';
import { CONNECTION_OPTIONS, SESSION_OPTIONS, TABLE_OPTIONS } from './database-options.ts';
import { DURABILITY_OPTIONS } from './durability-options.ts';
import { SECRET_VARIABLE } from './secret.ts';
import { THRESHOLD_OPTION } from './threshold-option.ts';
import { type LoadedWorkload, optionSpelling } from './workloads.ts';

export const DEFAULT_WORKLOAD = 'tpcc';

export const ROLES: readonly ClusterRole[] = ['localhost', 'p1', 'p2', 'learner'];
export const TRANSPORTS: readonly TransportKind[] = ['auto', 'shm', 'tcp'];
export const PEER_LOSS_POLICIES: readonly PeerLossPolicy[] = ['stop', 'continue'];
export const PACINGS = ['none', 'keying'] as const;

/** What a plain run uses where nothing is said. */
export const DEFAULTS = {
  numThreads: 1,
  transport: 'auto',
  onPeerLoss: 'stop',
  joinTimeoutSeconds: 30,
  terminals: 10,
  runtimeSeconds: 10,
  seed: 1,
} as const;

const TOPOLOGY = 'Shards and threads:';
const MESSAGES = 'Messages and processes:';
const PLACEMENT = 'Placement on CPUs:';
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
  return { ...COMMON_OPTIONS, ...CONNECTION_OPTIONS, ...TABLE_OPTIONS, ...SESSION_OPTIONS, ...own };
}

/** Some of a run's options, for a command that has them too. */
export const pickRunOptions = (names: readonly string[]): OptionDefinitions =>
  Object.fromEntries(names.map((name) => [name, COMMON_OPTIONS[name] as OptionDefinition]));

const COMMON_OPTIONS: OptionDefinitions = {
  'shard-config': {
    group: TOPOLOGY,
    kind: 'value',
    describe: 'Shard YAML with the addresses of all shards; `dbtest init` writes one',
    defaultText: '127.0.0.1, ports 31000, 31100, ...',
  },
  'base-port': {
    group: TOPOLOGY,
    kind: 'value',
    describe: 'Without a shard YAML: port of shard 0; each further shard listens 100 higher',
    defaultText: String(DEFAULT_BASE_PORT),
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
    describe: 'Worker threads in each shard; sessions with each database',
    defaultText: String(DEFAULTS.numThreads),
  },
  transport: {
    group: MESSAGES,
    kind: 'value',
    describe: 'auto: shared memory in the process, TCP between processes; shm or tcp: only that between shards',
    defaultText: DEFAULTS.transport,
  },
  'ring-capacity': {
    group: MESSAGES,
    kind: 'value',
    describe: 'Size of each message ring between two threads: 64KiB, 1M; min is the smallest that fits',
  },
  'join-timeout': {
    group: MESSAGES,
    kind: 'value',
    describe: 'How long to wait at the start for the processes of the other shards',
    defaultText: `${DEFAULTS.joinTimeoutSeconds}s`,
  },
  'on-peer-loss': {
    group: MESSAGES,
    kind: 'value',
    describe: 'When another process is lost: stop and report, or continue without its shards',
    defaultText: DEFAULTS.onPeerLoss,
  },
  'secret-file': {
    group: MESSAGES,
    kind: 'value',
    describe: 'File with the secret that processes must prove to each other',
    defaultText: `the variable ${SECRET_VARIABLE}, else no secret`,
  },
  'pin-cpus': { group: PLACEMENT, kind: 'flag', describe: 'Bind each transport and worker to a CPU (Linux)' },
  'cpu-list': {
    group: PLACEMENT,
    kind: 'value',
    describe: 'Bind them to these CPUs in turn: 0-3,8',
  },
  'low-transport-priority': {
    group: PLACEMENT,
    kind: 'flag',
    describe: 'Run the transports at a lower priority than the workers',
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
    defaultText: `${WARMUP_SECONDS_A_TURN}s for each worker that a core has to share`,
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
  chaos: {
    group: MEASUREMENT,
    kind: 'value',
    isRepeatable: true,
    describe: `Make trouble on purpose, at times from the start of the measurement: ${CHAOS_FORMS}`,
  },
  'no-check': { group: MEASUREMENT, kind: 'flag', describe: 'Skip the consistency conditions after the run' },
  json: {
    group: OUTPUT,
    kind: 'value',
    describe: 'Write the result as JSON to this file; - is stdout, and the text report then goes to stderr',
  },
  html: {
    group: OUTPUT,
    kind: 'value',
    describe: 'Write the report as one HTML file, with charts; it opens offline in any browser',
  },
  csv: {
    group: OUTPUT,
    kind: 'value',
    describe: 'Write throughput, aborts, p50 and p99 by shard and second as CSV to this file',
  },
  hlog: {
    group: OUTPUT,
    kind: 'value',
    describe: 'Write the latency histograms by shard and transaction to this file, as an HdrHistogram log',
  },
  threshold: THRESHOLD_OPTION,
  export: {
    group: OUTPUT,
    kind: 'value',
    describe: 'Write every table as CSV into this folder after the run; it must be new or empty',
  },
  history: {
    group: OUTPUT,
    kind: 'value',
    describe: 'Record what every transaction read and wrote into this file, for dbtest verify (workload append)',
  },
  ...DURABILITY_OPTIONS,
  'no-progress': { group: OUTPUT, kind: 'flag', describe: 'No progress on stderr; the log stays' },
  quiet: { group: OUTPUT, kind: 'flag', describe: 'No log and no progress on stderr' },
};
