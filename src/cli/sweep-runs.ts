/** What sweeps and searches have in common: runs one after the other, kept as they finish, until the end or Ctrl-C. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AtomicFile } from '../atomic-file.ts';
import type { RunResult } from '../bench/result.ts';
import type { RunConfig } from '../config/run-config.ts';
import { EXIT, fileFault, OperatingFault } from '../errors.ts';
import type { SweepEnd } from '../sweep/sweep.ts';
import type { ChildRuns } from './child-run.ts';
import type { CliContext } from './context.ts';
import { runOnFreePorts } from './free-ports.ts';
import { watchInterrupts } from './interrupts.ts';
import type { Log } from './log.ts';

/** How a sequence of runs ended. */
export interface SweepOutcome {
  endedBy: SweepEnd;
  /** What a run failed with. */
  fault: OperatingFault | null;
}

/** What a sweep comes to, and what ended it where a run failed. */
export interface Delivered<Result> {
  /** Null where not one run was finished. */
  result: Result | null;
  fault: OperatingFault | null;
}

/** @returns null where Ctrl-C ended it */
export type RunOnce = (words: readonly string[], config: RunConfig, name: string) => Promise<RunResult | null>;

/**
 * Runs `body`, which makes one run after the other. The first Ctrl-C ends the run under way, the second the process.
 * @param body ends early when `run` gives null; it returns whether it came to its end
 */
export async function interruptibly(
  runs: ChildRuns,
  context: CliContext,
  log: Log,
  body: (run: RunOnce) => Promise<boolean>,
): Promise<SweepOutcome> {
  let interrupted = false;
  const stopWatching = watchInterrupts(
    context.signals,
    context.nowMs,
    () => {
      interrupted = true;
      log.line('Interrupted: the run under way is given up, what is finished is reported');
      runs.kill();
    },
    () => {
      runs.kill();
      context.exitNow(EXIT.interrupted);
    },
  );
  const run: RunOnce = async (words, config, name) => {
    if (interrupted) return null;
    try {
      return await runOnFreePorts(runs, words, config, name);
    } catch (error) {
      if (interrupted && error instanceof OperatingFault) return null;
      throw error;
    }
  };
  try {
    return { endedBy: (await body(run)) ? 'plan' : 'interrupt', fault: null };
  } catch (error) {
    // Hours of runs are not given up for one that failed.
    if (!(error instanceof OperatingFault)) throw error;
    return { endedBy: 'fault', fault: error };
  } finally {
    stopWatching();
  }
}

const RESULTS = 'results';

/** Keeps whole results of runs beside the journal, for `dbtest report` and `dbtest compare`. */
export class ResultFolder {
  readonly #folder: string | null;

  /** @param outFolder of the sweep; null to keep nothing. @throws OperatingFault FILE */
  constructor(outFolder: string | null) {
    this.#folder = outFolder === null ? null : join(outFolder, RESULTS);
    if (this.#folder === null) return;
    try {
      mkdirSync(this.#folder, { recursive: true });
    } catch (error) {
      throw fileFault('write', this.#folder, error);
    }
  }

  /** @throws OperatingFault FILE */
  keep(name: string, result: RunResult): void {
    if (this.#folder === null) return;
    const file = AtomicFile.open(join(this.#folder, `${name}.json`));
    file.write(`${JSON.stringify(result, null, 2)}\n`);
    file.commit();
  }
}

/** `about 40 s`, `about 12 min`, `about 3.5 h`. */
export function aboutText(seconds: number): string {
  if (seconds < 90) return `about ${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `about ${Math.ceil(seconds / 60)} min`;
  return `about ${(seconds / 3600).toFixed(1)} h`;
}
