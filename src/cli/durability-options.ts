/** `--durability` and what belongs to it. */
import type { DurabilityConfig } from '../config/run-config.ts';
import { usageFault } from '../errors.ts';
import type { OptionDefinitions } from './command.ts';
import type { OptionReader } from './option-reader.ts';
import type { LoadedWorkload } from './workloads.ts';

export const DURABILITIES = ['none', 'epoch', 'sync'] as const;
const GROUP = 'Durability:';
const EPOCH_MS = 10;
const EPOCHS_MS = { min: 1, max: 10_000 };
const SNAPSHOT_LOG_MB = 512;
const SNAPSHOT_LOGS_MB = { min: 1, max: 1_000_000 };

export const DURABILITY_OPTIONS: OptionDefinitions = {
  durability: {
    group: GROUP,
    kind: 'value',
    describe:
      'none, epoch or sync: acknowledge transactions when they are on disk, in groups or in the smallest groups',
    defaultText: 'none; epoch with --data-dir',
  },
  'data-dir': {
    group: GROUP,
    kind: 'value',
    describe: 'Folder for logs and snapshots; data that is there already is recovered and used',
  },
  'epoch-ms': {
    group: GROUP,
    kind: 'value',
    describe: 'How long commits gather before they are written together, milliseconds',
    defaultText: String(EPOCH_MS),
  },
  'snapshot-log-mb': {
    group: GROUP,
    kind: 'value',
    describe: "Size of a shard's log at which a snapshot is taken while the workers go on",
    defaultText: String(SNAPSHOT_LOG_MB),
  },
  acknowledgements: {
    group: GROUP,
    kind: 'value',
    describe: 'File that gets a line for every order that was acknowledged',
  },
};

/** @throws OperatingFault USAGE */
export function readDurability(read: OptionReader, workload: LoadedWorkload): { durability?: DurabilityConfig } {
  const dataDir = read.text('data-dir', 'the path of a folder');
  const given = read.choice('durability', DURABILITIES);
  const epochMs = read.decimal('epoch-ms', { low: EPOCHS_MS.min, high: EPOCHS_MS.max });
  const snapshotLogMb = read.decimal('snapshot-log-mb', { low: SNAPSHOT_LOGS_MB.min, high: SNAPSHOT_LOGS_MB.max });
  const acknowledgementsPath = read.text('acknowledgements', 'the path of a file');
  const mode = given ?? (dataDir === null ? 'none' : 'epoch');
  if (mode === 'none') {
    const others = {
      'data-dir': dataDir,
      'epoch-ms': epochMs,
      'snapshot-log-mb': snapshotLogMb,
      acknowledgements: acknowledgementsPath,
    };
    for (const [name, value] of Object.entries(others)) {
      if (value !== null)
        throw usageFault(`--${name}: nothing is made durable; give --data-dir and --durability epoch or sync`);
    }
    return {};
  }
  if (dataDir === null)
    throw usageFault(`--durability ${mode}: needs a folder for logs and snapshots; give --data-dir`);
  if (!workload.isRecoverable) {
    throw usageFault(
      `--data-dir: the workload ${workload.name} keeps in memory what its checks need; give --workload tpcc or bank`,
    );
  }
  if (mode === 'sync' && epochMs !== null)
    throw usageFault('--epoch-ms: with --durability sync groups end as soon as they can; leave it out');
  if (acknowledgementsPath !== null && !workload.givesReceipts) {
    throw usageFault(`--acknowledgements: the workload ${workload.name} has no orders; give --workload tpcc`);
  }
  return {
    durability: {
      mode,
      dataDir,
      epochMs: epochMs ?? EPOCH_MS,
      snapshotLogBytes: (snapshotLogMb ?? SNAPSHOT_LOG_MB) * 1e6,
      acknowledgementsPath,
    },
  };
}
