/** What a run tells while it goes on. */

export type RunPhase = 'start' | 'load' | 'warmup' | 'measure' | 'check' | 'export';

export interface RunProgress {
  phase: RunPhase;
  /** 0..1. */
  fraction: number;
  /** What goes on, in a few words. */
  detail: string;
}

/** Where a run tells what it does. */
export interface RunEvents {
  log(line: string): void;
  progress(progress: RunProgress): void;
}
