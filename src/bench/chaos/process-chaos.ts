/** Trouble on purpose that a whole process makes: it kills itself, or stops one of its transports. On the main thread. */
import type { ChaosEvent } from '../../config/chaos.ts';
import { type ChaosCount, newChaosCount, noteChaos } from './chaos-counts.ts';

/** How it is done; tests only note it. */
export interface ProcessTrouble {
  log(line: string): void;
  /** As `kill -9` does: nothing runs afterwards. */
  kill(): void;
  /** Breaks every link of the transport of a local shard. */
  stopTransport(shardId: number): void;
}

type ProcessEvent = Extract<ChaosEvent, { atMs: number }>;

export class ProcessChaos {
  readonly counts: ChaosCount[];
  private readonly events: readonly ProcessEvent[];
  private readonly trouble: ProcessTrouble;
  private timers: NodeJS.Timeout[] = [];

  constructor(events: readonly ChaosEvent[], trouble: ProcessTrouble) {
    this.events = events.filter((event): event is ProcessEvent => event.kind === 'kill' || event.kind === 'stop');
    this.counts = this.events.map(newChaosCount);
    this.trouble = trouble;
  }

  /** The measurement begins now; the last call counts. */
  begin(): void {
    this.end();
    this.timers = this.events.map((event, i) => setTimeout(() => this.happen(event, this.counts[i]), event.atMs));
  }

  /** The measurement is over: what has not happened will not. */
  end(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers = [];
  }

  private happen(event: ProcessEvent, count: ChaosCount): void {
    const { trouble } = this;
    const when = `Chaos at ${(event.atMs / 1000).toFixed(2)} s`;
    noteChaos(count, event.atMs);
    if (event.kind === 'kill') {
      trouble.log(`${when}: this process kills itself`);
      trouble.kill();
    } else {
      trouble.log(`${when}: transport ${event.shardId} stops, and its links break`);
      trouble.stopTransport(event.shardId);
    }
  }
}
