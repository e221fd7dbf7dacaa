/** What the clients of one worker know: which commits they were told of, in which order, and what they keep of each. */
import type { WorkloadSession } from '../../bench/contract.ts';
import type { ReceiptHook } from '../../bench/worker-hooks.ts';
import type { AcknowledgedHistory } from './acknowledged-history.ts';

interface Commit {
  epoch: number;
  /** What the session gave for it, or NaN. */
  receipt: number;
  /** In the history. */
  slot: number;
  isAcknowledged: boolean;
}

/** What a recovery means for the clients of a worker. */
export interface Outcome {
  acknowledged: number;
  /** Acknowledged, and above the cut. */
  lost: number;
  /** Not acknowledged, and above the cut. */
  takenBack: number;
  /** Of what was acknowledged and is not lost. */
  receipts: number[];
}

export class Client implements ReceiptHook {
  /** Acknowledged before one that had committed earlier. */
  disorder = 0;
  private readonly session: WorkloadSession;
  private readonly history: AcknowledgedHistory | null;
  private readonly epochNow: () => number;
  private readonly commits: Commit[] = [];
  private last = -1;

  constructor(session: WorkloadSession, history: AcknowledgedHistory | null, epochNow: () => number) {
    this.session = session;
    this.history = history;
    this.epochNow = epochNow;
  }

  of(terminal: number): number {
    const receipt = this.session.receipt?.(terminal) ?? Number.NaN;
    const slot = this.history?.committed(terminal) ?? 0;
    return this.commits.push({ epoch: this.epochNow(), receipt, slot, isAcknowledged: false }) - 1;
  }

  note(_type: number, index: number): void {
    if (Number.isNaN(index)) return;
    if (index <= this.last) this.disorder++;
    this.last = index;
    this.commits[index].isAcknowledged = true;
    this.history?.acknowledge(this.commits[index].slot);
  }

  flush(): void {}

  /** @param cut the epoch up to which everything is there */
  after(cut: number): Outcome {
    const told = this.commits.filter(({ isAcknowledged }) => isAcknowledged);
    const kept = told.filter(({ epoch }) => epoch <= cut);
    return {
      acknowledged: told.length,
      lost: told.length - kept.length,
      takenBack: this.commits.filter(({ isAcknowledged, epoch }) => !isAcknowledged && epoch > cut).length,
      receipts: kept.flatMap(({ receipt }) => (Number.isNaN(receipt) ? [] : [receipt])),
    };
  }
}
