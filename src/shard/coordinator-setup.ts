/** What a coordinator is made of. */
import type { Access } from '../engine/access.ts';
import type { LockTable } from '../engine/lock-table.ts';
import type { CompletionListener, CoordinatorClock } from './completion.ts';
import type { FragmentSession } from './contract.ts';
import type { DecisionLedger } from './decision-ledger.ts';
import type { WorkerLog } from './log-writer/worker-log.ts';
import type { Mailbox } from './mailbox.ts';
import type { StampClock } from './stamp-clock.ts';

export interface CoordinatorSetup {
  session: FragmentSession;
  locks: LockTable;
  access: Access;
  mailbox: Mailbox;
  stamps: StampClock;
  ledger: DecisionLedger;
  clock: CoordinatorClock;
  /** Uniform in 0..1, for the pauses of retries. */
  random: () => number;
  listener: CompletionListener;
  /** Slots 0..terminals-1 are theirs, the next one is for deferred work. */
  terminals: number;
  workersPerShard: number;
  /** Whether participants must know each other. */
  namesParticipants: boolean;
  /** Null where nothing is made durable. */
  log: WorkerLog | null;
}
