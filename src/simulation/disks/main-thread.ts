/**
 * The main thread of one simulated process, as far as durability goes: it hears what the log writers say, tells the other
 * processes how far this one is, and lets snapshots be written. One message a step, in order.
 */
import { DurableTerms } from '../../bench/durable/durable-terms.ts';
import type { EpochBoard } from '../../durability/epoch-board.ts';
import type { Actor } from '../scheduler.ts';

/** What a process tells another one; in order, until one of them is gone. */
export class TermsLine implements Actor {
  readonly name: string;
  readonly from: MainThread;
  readonly to: MainThread;
  isBroken = false;
  private readonly messages: { epoch: number; tick: number }[] = [];

  constructor(from: MainThread, to: MainThread) {
    this.from = from;
    this.to = to;
    this.name = `main ${from.process} -> ${to.process}`;
  }

  send(epoch: number, tick: number): void {
    if (!this.isBroken) this.messages.push({ epoch, tick });
  }

  /** @param arriving messages that still arrive */
  break(arriving: number): void {
    this.isBroken = true;
    this.messages.splice(arriving);
  }

  /** Messages on their way. */
  get length(): number {
    return this.messages.length;
  }

  isDue(): boolean {
    return this.messages.length > 0 && !this.to.isLost;
  }

  dueMs(): number {
    return Number.POSITIVE_INFINITY;
  }

  run(): void {
    const message = this.messages.shift();
    if (message === undefined) return;
    this.to.hear(() => this.to.terms.heard(this.from.process, message.epoch, message.tick));
    this.to.said(this.name, `epoch ${message.epoch} is durable there, the tick is ${message.tick}`);
  }
}

export class MainThread implements Actor {
  readonly name: string;
  readonly process: number;
  readonly board: EpochBoard;
  readonly terms: DurableTerms;
  isLost = false;
  readonly said: (who: string, what: string) => void;
  /** To other processes. */
  private readonly lines: TermsLine[] = [];
  private readonly inbox: (() => void)[] = [];

  constructor(
    process: number,
    board: EpochBoard,
    workerDoorbells: readonly SharedArrayBuffer[],
    writerDoorbells: readonly SharedArrayBuffer[],
    severalProcesses: boolean,
    said: (who: string, what: string) => void,
  ) {
    this.process = process;
    this.name = `main ${process}`;
    this.board = board;
    this.said = said;
    this.terms = new DurableTerms(board, workerDoorbells, writerDoorbells, severalProcesses, (body) => this.hear(body));
  }

  connect(lines: readonly TermsLine[]): void {
    this.lines.push(...lines);
    const others = lines.map(({ to }) => to.process);
    this.terms.connect(others, (epoch, tick) => {
      for (const line of this.lines) line.send(epoch, tick);
    });
  }

  /** A message for the thread. */
  hear(body: () => void): void {
    this.inbox.push(body);
  }

  isDue(): boolean {
    return this.inbox.length > 0 && !this.isLost;
  }

  dueMs(): number {
    return Number.POSITIVE_INFINITY;
  }

  run(): void {
    this.inbox.shift()?.();
  }
}
