/** What the transactions of one simulated worker read and appended, kept in memory and timed by the virtual clock. */
import { COMMITTED, type HistoryNotes, type Outcome } from '../bench/contract.ts';
import type { HistoryHook } from '../bench/worker-hooks.ts';
import { checkHistory } from '../history/check-history.ts';
import type { Finding, Witness } from '../history/findings.ts';
import { HISTORY_ABORTED, HISTORY_COMMITTED, HISTORY_UNKNOWN, HistoryWriter } from '../history/history-writer.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** All members see one clock. */
const HOST = 1;
const NS_PER_MS = 1e6;

export class RecordedHistory implements HistoryHook {
  readonly writer: HistoryWriter;
  readonly blocks: Uint8Array[] = [];
  private readonly open = new Set<number>();

  /** @param worker number in the cluster */
  constructor(worker: number, terminals: number, clock: VirtualClock) {
    const clockNs = () => Math.round(clock.nowMs * NS_PER_MS);
    this.writer = new HistoryWriter((block) => this.blocks.push(block), worker, terminals, clockNs, HOST);
  }

  /** What the session is given. */
  get notes(): HistoryNotes {
    return this.writer;
  }

  begin(terminal: number): void {
    this.open.add(terminal);
    this.writer.begin(terminal);
  }

  /** What failed was not decided by its coordinator, and nobody else may commit it. */
  end(terminal: number, outcome: Outcome): void {
    this.open.delete(terminal);
    this.writer.end(terminal, outcome === COMMITTED ? HISTORY_COMMITTED : HISTORY_ABORTED);
  }

  /**
   * No transaction ends any more.
   * @param isLost whether the worker vanished: what it had begun may have been decided. Else it has given that up.
   */
  close(isLost: boolean): void {
    if (isLost) for (const terminal of this.open) this.writer.end(terminal, HISTORY_UNKNOWN);
    this.open.clear();
    this.writer.flush();
  }
}

/** @returns the anomalies of all histories together, a line each */
export function findAnomalies(histories: readonly RecordedHistory[]): string[] {
  const { findings } = checkHistory(histories.flatMap(({ blocks }) => blocks));
  return findings.map(describeFinding);
}

function describeFinding({ anomaly, instances, witnesses }: Finding): string {
  return `${anomaly} (${instances}): ${witnesses.slice(0, 1).map(describeWitness).join('')}`;
}

function describeWitness({ transactions, steps, explanation }: Witness): string {
  const names = transactions.map(({ name, worker, terminal, sequence }) =>
    worker === null
      ? `${name} has no record`
      : `${name} is number ${sequence} of terminal ${terminal} of worker ${worker}`,
  );
  const reasons = steps.map(({ from, to, kind, reason }) => `${from} -${kind}-> ${to}: ${reason}`);
  return [...names, ...reasons, explanation].filter((part) => part !== '').join('; ');
}
