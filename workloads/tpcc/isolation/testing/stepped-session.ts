/** A TPC-C session whose own parts can end with a ROLLBACK in place of their COMMIT (3.2.2.2): they do everything, and it is undone. */
import { COMMITTED, type FragmentCall, type Outcome, USER_ABORT } from '../../../../src/bench/contract.ts';
import type { FragmentSession } from '../../../../src/shard/contract.ts';
import type { TpccSession } from '../../session.ts';

export class SteppedSession implements FragmentSession {
  readonly session: TpccSession;
  private readonly rollsBack = new Set<number>();

  constructor(session: TpccSession) {
    this.session = session;
  }

  /** Says how the terminal's next transaction ends. */
  substituteRollback(terminal: number, substitutes: boolean): void {
    if (substitutes) this.rollsBack.add(terminal);
    else this.rollsBack.delete(terminal);
  }

  start(terminal: number, nowMs: number): Outcome {
    return this.end(terminal, () => this.session.start(terminal, nowMs));
  }

  retry(terminal: number, nowMs: number): Outcome {
    return this.end(terminal, () => this.session.retry(terminal, nowMs));
  }

  finish(terminal: number, nowMs: number): Outcome {
    return this.end(terminal, () => this.session.finish(terminal, nowMs));
  }

  /** The oldest queued Delivery, which the terminal asked for. */
  runDeferred(terminal: number, nowMs: number): Outcome {
    return this.end(terminal, () => this.session.runDeferred(nowMs));
  }

  receiveAnswer(...answer: Parameters<FragmentSession['receiveAnswer']>): void {
    this.session.receiveAnswer(...answer);
  }

  executeFragment(call: FragmentCall): boolean {
    return this.session.executeFragment(call);
  }

  abandon(): void {
    this.session.abandon();
  }

  private end(terminal: number, execute: () => Outcome): Outcome {
    if (!this.rollsBack.has(terminal)) return execute();
    const transaction = this.session['transaction'];
    const { commit } = transaction;
    transaction.commit = () => transaction.abort();
    try {
      const outcome = execute();
      return outcome === COMMITTED ? USER_ABORT : outcome;
    } finally {
      transaction.commit = commit;
    }
  }
}
