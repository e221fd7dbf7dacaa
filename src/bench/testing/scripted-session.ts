/** A workload whose every step is decided by the test, and the types of its transactions. */
import { expect } from 'vitest';
import {
  COMMITTED,
  type FragmentCall,
  type Outcome,
  type RemoteFragments,
  type TransactionType,
  type WorkloadSession,
} from '../contract.ts';

/** The second one has a deferred execution. */
export const TYPES: readonly TransactionType[] = [0, 1].map((i) => ({
  key: `t${i}`,
  title: `T${i}`,
  deckCards: 1,
  leastMixPct: null,
  keyingSeconds: 0,
  thinkMeanSeconds: 0,
  limitSeconds: 5,
  ...(i === 1 ? { deferredLimitSeconds: 80 } : {}),
}));

export class ScriptedSession implements WorkloadSession {
  readonly counters = new Float64Array(1);
  started = 0;
  retried = 0;
  /** Terminals whose own part ran, in the order in which they did. */
  readonly finished: number[] = [];
  fragments = 0;
  deferredWaiting = 0;
  deferredRun = 0;
  /** Calls of `runDeferred`, refused ones included. */
  deferredTried = 0;
  abandoned = 0;
  nextType = 0;
  remote: RemoteFragments | null = null;
  onRetry: (terminal: number) => Outcome = () => expect.fail('nothing is refused here');
  onFinish: (terminal: number) => Outcome = () => expect.fail('nothing waits for answers here');
  onFragment: (call: FragmentCall) => boolean = () => expect.fail('nobody sends fragments here');
  onDeferred: () => Outcome = () => COMMITTED;
  private readonly onStart: (session: ScriptedSession, terminal: number) => Outcome;

  constructor(onStart: (session: ScriptedSession, terminal: number) => Outcome) {
    this.onStart = onStart;
  }

  get deferredCount(): number {
    return this.deferredWaiting;
  }
  loadShared() {
    return { shared: null, rows: 0 };
  }
  load(): void {}
  adoptShared(): void {}
  connect(remote: RemoteFragments): void {
    this.remote = remote;
  }
  draw(): number {
    return this.nextType;
  }
  start(terminal: number): Outcome {
    this.started++;
    this.counters[0]++;
    return this.onStart(this, terminal);
  }
  retry(terminal: number): Outcome {
    this.retried++;
    return this.onRetry(terminal);
  }
  receiveAnswer(): void {
    expect(this.remote).not.toBeNull();
  }
  finish(terminal: number): Outcome {
    this.finished.push(terminal);
    return this.onFinish(terminal);
  }
  executeFragment(call: FragmentCall): boolean {
    this.fragments++;
    return this.onFragment(call);
  }
  runDeferred(): Outcome {
    expect(this.deferredWaiting).toBeGreaterThan(0);
    this.deferredTried++;
    const outcome = this.onDeferred();
    if (outcome !== COMMITTED) return outcome;
    this.deferredWaiting--;
    this.deferredRun++;
    return COMMITTED;
  }
  dropDeferred(): void {
    expect.fail('nothing is in doubt here');
  }
  abandon(): void {
    this.abandoned++;
  }
  check() {
    return { conditions: [], sums: {} };
  }
  exportTables() {
    return [];
  }
}
