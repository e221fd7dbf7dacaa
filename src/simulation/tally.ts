/** The recorder of a simulated worker: counts, and no latencies. */
import type { RecorderReport } from '../bench/recorder.ts';
import { TimeSums } from '../bench/time-sums.ts';
import type { LoopRecorder } from '../bench/worker-loop.ts';

export class Tally implements LoopRecorder {
  /** There are no seconds: nothing but the worker's own duties wakes it. */
  readonly secondEndMs = Number.POSITIVE_INFINITY;
  /** Keeps nothing. */
  readonly times = new TimeSums(0);
  commits = 0;
  userAborts = 0;
  conflictAborts = 0;
  failures = 0;
  failuresByDoubt = 0;

  /** The counts are those of the whole run. */
  restart(): void {}

  commit(): void {
    this.commits++;
  }

  userAbort(): void {
    this.userAborts++;
  }

  conflictAbort(): void {
    this.conflictAborts++;
  }

  failure(_type: number, byDoubt: boolean): void {
    if (byDoubt) this.failuresByDoubt++;
    else this.failures++;
  }

  answer(): void {}

  deferredCommit(): void {
    this.commits++;
  }

  secondIsOver(): boolean {
    return false;
  }

  roll(): void {}

  report(): RecorderReport {
    return { types: [], series: [] };
  }
}
