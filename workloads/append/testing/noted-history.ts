/** A history in plain objects, for tests: what sessions note, transaction by transaction. */
import type { HistoryNotes } from '../../../src/bench/contract.ts';

export interface NotedOperation {
  key: number;
  /** What a read saw. */
  elements?: number[];
  appended?: number;
}

export interface NotedTransaction {
  worker: number;
  terminal: number;
  committed: boolean;
  operations: NotedOperation[];
}

export class NotedHistory {
  readonly transactions: NotedTransaction[] = [];
  private readonly open = new Map<string, NotedOperation[]>();

  of(worker: number): HistoryNotes {
    const notes = (terminal: number): NotedOperation[] => this.open.get(`${worker}.${terminal}`) ?? [];
    return {
      restart: (terminal) => {
        this.open.set(`${worker}.${terminal}`, []);
      },
      read: (terminal, key) => {
        notes(terminal).push({ key, elements: [] });
      },
      element: (terminal, element) => {
        notes(terminal).at(-1)?.elements?.push(element);
      },
      append: (terminal, key, element) => {
        notes(terminal).push({ key, appended: element });
      },
    };
  }

  end(worker: number, terminal: number, committed: boolean, aborted: boolean): void {
    if (!committed && !aborted) return;
    const operations = this.open.get(`${worker}.${terminal}`) ?? [];
    this.transactions.push({ worker, terminal, committed, operations });
  }
}
