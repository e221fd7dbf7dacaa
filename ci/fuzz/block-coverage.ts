/**
 * Which blocks of the program have run, by V8's precise coverage. Only functions that were compiled after `start` are
 * counted by block, so what is to be watched is imported after it.
 */
import { type Profiler, Session } from 'node:inspector';

/** A stretch of one script's source that ran. */
interface Stretch {
  script: string;
  start: number;
  end: number;
}

/** What ran between two takes. */
export type Take = readonly Stretch[];

export class BlockCoverage {
  private readonly session = new Session();
  private readonly watched: (url: string) => boolean;
  /** By script: 1 for each character of the source that has run. */
  private readonly seen = new Map<string, Uint8Array>();
  private painted = new Uint8Array(0);
  /** Stretches that were new when they were merged. */
  blocks = 0;

  /** @param watched whether a script counts, by its URL */
  constructor(watched: (url: string) => boolean) {
    this.watched = watched;
  }

  start(): void {
    this.session.connect();
    this.call('Profiler.enable');
    this.call('Profiler.startPreciseCoverage', { callCount: true, detailed: true, allowTriggeredUpdates: false });
  }

  stop(): void {
    this.session.disconnect();
  }

  /** What ran since the last call. */
  take(): Take {
    const { result } = this.call('Profiler.takePreciseCoverage') as Profiler.TakePreciseCoverageReturnType;
    return result.filter(({ url }) => this.watched(url)).flatMap((script) => this.stretchesOf(script));
  }

  hasNew(take: Take): boolean {
    return take.some(({ script, start, end }) => {
      const seen = this.seen.get(script);
      if (seen === undefined || seen.length < end) return true;
      const first = seen.indexOf(0, start);
      return first >= 0 && first < end;
    });
  }

  merge(take: Take): void {
    for (const { script, start, end } of take) {
      let seen = this.seen.get(script);
      if (seen === undefined || seen.length < end) {
        const larger = new Uint8Array(2 * end);
        if (seen !== undefined) larger.set(seen);
        seen = larger;
        this.seen.set(script, seen);
      }
      const first = seen.indexOf(0, start);
      if (first < 0 || first >= end) continue;
      this.blocks++;
      seen.fill(1, start, end);
    }
  }

  /**
   * Ranges lie within each other, and the innermost has the count; a function that did not run may lie in one that did.
   * V8 lists the outer before the inner.
   */
  private stretchesOf({ url, functions }: Profiler.ScriptCoverage): Stretch[] {
    let low = Number.POSITIVE_INFINITY;
    let high = 0;
    for (const { ranges } of functions) {
      low = Math.min(low, ranges[0].startOffset);
      high = Math.max(high, ranges[0].endOffset);
    }
    if (high === 0) return [];
    if (this.painted.length < high) this.painted = new Uint8Array(2 * high);
    const { painted } = this;
    painted.fill(0, low, high);
    for (const { ranges } of functions) {
      for (const { startOffset, endOffset, count } of ranges) painted.fill(count > 0 ? 1 : 0, startOffset, endOffset);
    }
    const stretches: Stretch[] = [];
    let end = low;
    for (;;) {
      const start = painted.indexOf(1, end);
      if (start < 0 || start >= high) return stretches;
      end = painted.indexOf(0, start);
      if (end < 0 || end > high) end = high;
      stretches.push({ script: url, start, end });
      if (end === high) return stretches;
    }
  }

  /** The inspector answers within the call. */
  private call(method: string, parameters: object = {}): unknown {
    let answer: unknown;
    let failure: Error | null = null;
    this.session.post(method, parameters, (error, result) => {
      failure = error;
      answer = result;
    });
    if (failure !== null) throw failure;
    return answer;
  }
}
