/** What goes wrong with the databases in a run: kept for the result, told as it comes, and judged. Runs on the main thread. */
import type { EndedBy } from '../result.ts';
import type { RunEvents } from '../run-events.ts';
import type { DatabaseNews } from '../worker-pool.ts';

/** How many messages a result keeps. */
const MOST_KEPT = 10;

export class Troubles {
  /** In the words of the databases, in their order; not all where there are many. */
  readonly messages: string[] = [];
  private readonly events: RunEvents;
  private connectionsLost = 0;
  private fatal: string | null = null;
  private endedBy: EndedBy | null = null;

  constructor(events: RunEvents) {
    this.events = events;
  }

  /** Why nothing was measured, where the databases are to blame. */
  get because(): string | null {
    return this.fatal ?? this.messages.at(-1) ?? null;
  }

  keep(message: string): void {
    if (this.messages.length < MOST_KEPT) this.messages.push(message);
  }

  /** @returns why the run is to end now; null where it goes on, or ends already */
  hear({ kind, message }: DatabaseNews, maxErrors: number): EndedBy | null {
    if (kind === 'databaseFailed') {
      if (this.endedBy !== null) return null;
      this.fatal = message;
      this.messages.push(message);
      this.events.log(`The run ends: ${message}`);
      this.endedBy = 'database-error';
      return this.endedBy;
    }
    this.connectionsLost++;
    this.keep(message);
    if (this.endedBy === 'connection-lost') return null;
    this.events.log(`Lost a connection (${this.connectionsLost} so far): ${message}`);
    if (this.connectionsLost <= maxErrors) return null;
    this.events.log(`The run ends: more than ${maxErrors} connections were lost (--max-errors)`);
    this.endedBy ??= 'connection-lost';
    return this.endedBy;
  }
}
