/** What a run tells while it goes on. */

export type RunPhase = 'start' | 'load' | 'warmup' | 'measure' | 'check' | 'export';

/** What happened in the last second; null where no second was over yet, or where nothing happened that has such a figure. */
export interface SecondFigures {
  /** Commits a second. */
  throughputTps: number | null;
  latencyUs: { p50: number; p99: number } | null;
  conflictAbortsTps: number | null;
  /** Share of the commits. */
  crossShardPct: number | null;
  /** What the engine holds now. */
  engineBytes: number;
}

export interface ShardFigures extends SecondFigures {
  shardId: number;
}

export interface LoadProgress {
  phase: 'load';
  rows: number;
  /** Null as long as a worker has not said how many it will store. */
  rowsExpected: number | null;
  elapsedSeconds: number;
}

/** Told at the beginning of a phase and then every second. */
export interface MeasurementProgress {
  phase: 'warmup' | 'measure';
  /** May exceed `totalSeconds`: where another process leads, that one ends the phase. */
  elapsedSeconds: number;
  totalSeconds: number;
  /** The shards of this process. */
  shards: readonly ShardFigures[];
  /** All of them together. */
  total: SecondFigures;
}

/** Something that takes as long as it takes; `wait` is for other processes. */
export interface UntimedProgress {
  phase: 'wait' | 'check' | 'export';
}

export type RunProgress = LoadProgress | MeasurementProgress | UntimedProgress;

/** Where a run tells what it does. */
export interface RunEvents {
  log(line: string): void;
  progress(progress: RunProgress): void;
}
