/** Where the time went, as data of the result: of transactions and of workers. Runs in the main thread after the measurement. */
import {
  EXECUTING,
  QUEUEING,
  RETRYING,
  TIME_KINDS,
  WAITING_FOR_DURABILITY,
  WAITING_FOR_LOCKS,
  WAITING_FOR_REMOTE,
} from '../shard/transaction-times.ts';
import type { TimeShares, WorkerTime } from './result.ts';
import { share, sum } from './sum.ts';
import type { TypeTimes } from './time-sums.ts';
import type { MeasuredReport } from './worker-messages.ts';

/** @param spentMs each by kind; the shares are of all of them together, null where no time was spent */
export function timeShares(spentMs: readonly (readonly number[])[]): TimeShares | null {
  const byKind = Array.from({ length: TIME_KINDS }, (_, kind) => sum(spentMs.map((each) => each[kind] ?? 0)));
  const totalMs = sum(byKind);
  if (totalMs === 0) return null;
  const durabilityMs = byKind[WAITING_FOR_DURABILITY];
  return {
    totalSeconds: totalMs / 1000,
    executingPct: share(byKind[EXECUTING], totalMs),
    waitingForRemotePct: share(byKind[WAITING_FOR_REMOTE], totalMs),
    waitingForLocksPct: share(byKind[WAITING_FOR_LOCKS], totalMs),
    retryingPct: share(byKind[RETRYING], totalMs),
    queueingPct: share(byKind[QUEUEING], totalMs),
    ...(durabilityMs === 0 ? {} : { waitingForDurabilityPct: share(durabilityMs, totalMs) }),
  };
}

/** Of transactions wherever they ran; a deferred execution is no transaction of its own. */
export const transactionTimes = (times: readonly TypeTimes[]): TimeShares | null =>
  timeShares(times.flatMap(({ local, crossShard }) => [local, crossShard]));

/** What a worker spent its measurement on. */
export function workerTime({ measuredSeconds, spent }: MeasuredReport): WorkerTime {
  const totalMs = measuredSeconds * 1000;
  const messagesPct = share(spent.messagesMs, totalMs);
  const idlePct = share(spent.idleMs, totalMs);
  return { ownTransactionsPct: Math.max(0, 100 - messagesPct - idlePct), messagesPct, idlePct };
}
