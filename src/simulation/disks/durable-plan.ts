/** What one seed decides about durability: whether and how a cluster is durable, what its disks do, and when it crashes. */
import type { Random } from '../random.ts';

/** What a disk does besides reading; a plan names the one at which something happens. */
export const DISK_OPERATIONS = ['create', 'append', 'sync', 'truncate', 'rename', 'remove', 'syncFolder'] as const;
export type DiskOperation = (typeof DISK_OPERATIONS)[number];

/** An operation that is not performed as it was asked for. */
export interface DiskStrike {
  operation: DiskOperation;
  /** How many of them go well before. */
  after: number;
  /** The power of the whole cluster is cut, the process is killed, or the disk refuses. */
  effect: 'power' | 'kill' | 'ENOSPC' | 'EIO';
}

export interface CrashPlan {
  /** Transactions that the cluster has started when it is due. */
  startsBefore: number;
  /**
   * Of all machines' power; of a process; of a link; of nothing: an orderly end. At an operation of a disk where there is
   * a `strike`.
   */
  kind: 'power' | 'kill' | 'link' | 'restart' | 'disk';
  strike: DiskStrike | null;
  /** Whether the power is cut, too, when all processes have ended. */
  losesPower: boolean;
  /** One for each attempt at a recovery that does not succeed. */
  recoveryStops: RecoveryStop[];
}

/** What ends a recovery, and behind how many operations of all disks. */
export interface RecoveryStop {
  after: number;
  effect: DiskStrike['effect'];
}

export interface DurablePlan {
  mode: 'epoch' | 'sync';
  /** Longest epoch of `epoch`, in virtual milliseconds. */
  epochMs: number;
  /** Of each worker's ring to its log writer. */
  ringWords: number;
  /** Size of a log file at which a snapshot is due. */
  snapshotLogBytes: number;
  /** Percent of the epochs whose sync takes a while, and how long at most. */
  slowPct: number;
  slowMsMost: number;
  /** Shard whose disk says that a sync is done and does nothing, in some percent of them; null where all are honest. */
  liar: number | null;
  liePct: number;
  /** In order of `startsBefore`. */
  crashes: CrashPlan[];
  /** Whether the files are recovered and looked at once more when all is over. */
  looksAtEnd: boolean;
}

/** How many; each costs another load of the cluster. */
const CRASHES = [1, 1, 1, 1, 2, 3];
/** Operations that a crash in the middle of things aims at, the important ones more often. */
const AIMS: readonly DiskOperation[] = [
  'append',
  'append',
  'sync',
  'sync',
  'rename',
  'rename',
  'create',
  'remove',
  'syncFolder',
  'syncFolder',
  'truncate',
];
const REFUSING: readonly DiskOperation[] = ['append', 'append', 'sync', 'sync', 'create', 'rename', 'syncFolder'];
const RECOVERY_OPERATIONS_MOST = 24;

/** @param stepMs longest time between two steps */
export function chooseDurability(
  random: Random,
  shards: number,
  processes: number,
  transactions: number,
  stepMs: number,
): DurablePlan {
  const crashes = Array.from({ length: random.pick(CRASHES) }, () => chooseCrash(random, processes, transactions));
  crashes.sort((a, b) => a.startsBefore - b.startsBefore);
  return {
    mode: random.chance(30) ? 'sync' : 'epoch',
    epochMs: stepMs * random.pick([15, 60, 250]),
    ringWords: random.pick([2 ** 11, 2 ** 11, 2 ** 14]),
    snapshotLogBytes: random.pick([40_000, 150_000, 500_000, Number.POSITIVE_INFINITY]),
    slowPct: random.pick([0, 10, 60]),
    slowMsMost: stepMs * random.pick([10, 100, 600]),
    liar: random.chance(8) ? random.uniform(0, shards - 1) : null,
    liePct: random.pick([10, 50]),
    crashes,
    looksAtEnd: random.chance(30),
  };
}

function chooseCrash(random: Random, processes: number, transactions: number): CrashPlan {
  const kind = random.pick(['power', 'power', 'power', 'power', 'kill', 'disk', 'restart', 'link'] as const);
  return {
    startsBefore: random.uniform(1, transactions),
    kind: kind === 'link' && processes === 1 ? 'kill' : kind,
    strike: chooseStrike(random, kind),
    losesPower: random.chance(50),
    recoveryStops: Array.from({ length: random.pick([0, 0, 1, 2]) }, () => ({
      after: random.uniform(0, RECOVERY_OPERATIONS_MOST),
      effect: random.pick(['power', 'power', 'kill', 'ENOSPC', 'EIO'] as const),
    })),
  };
}

function chooseStrike(random: Random, kind: CrashPlan['kind']): DiskStrike | null {
  const after = random.uniform(0, random.pick([0, 3, 10]));
  if (kind === 'disk') {
    return { operation: random.pick(REFUSING), after, effect: random.pick(['ENOSPC', 'EIO'] as const) };
  }
  const isAimed = random.chance(60);
  const operation = random.pick(AIMS);
  if (!isAimed || (kind !== 'power' && kind !== 'kill')) return null;
  return { operation, after, effect: kind };
}

/** A few words about a plan. */
export function describeDurability(plan: DurablePlan): string {
  const { mode, epochMs, snapshotLogBytes, slowPct, liar, crashes } = plan;
  const words = [
    mode === 'sync' ? 'durable by groups' : `durable in epochs of ${epochMs} ms`,
    snapshotLogBytes === Number.POSITIVE_INFINITY ? 'no snapshots' : `snapshots at ${snapshotLogBytes} bytes of log`,
    slowPct === 0 ? '' : `${slowPct}% slow syncs`,
    liar === null ? '' : `the disk of shard ${liar} lies`,
    `ends: ${crashes.map(describeCrash).join(', ')}`,
  ];
  return words.filter((word) => word !== '').join(', ');
}

function describeCrash({ kind, strike, startsBefore, recoveryStops }: CrashPlan): string {
  const where = strike === null ? '' : ` at ${strike.operation}${kind === 'disk' ? ` (${strike.effect})` : ''}`;
  const again = recoveryStops.map(({ effect }) => `, ${effect} in the recovery`).join('');
  return `${kind}${where} after ${startsBefore} starts${again}`;
}
