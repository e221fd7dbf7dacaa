/** What commands do with databases, and what comes of it. */
import type { ConsistencyResult, ServerResult } from '../result.ts';
import type { LoadedRows } from './database-load.ts';

/** What a command does with the databases. */
export type DatabaseTask =
  /** `dropFirst`: what is there goes. */
  { kind: 'load'; dropFirst: boolean } | { kind: 'run' } | { kind: 'check' } | { kind: 'drop' };

/** What a command other than `run` has come to. */
export interface DatabaseOutcome {
  loaded: LoadedRows | null;
  servers: ServerResult[];
  consistency: ConsistencyResult | null;
}

export interface DatabaseHandle {
  interrupt(): void;
  result: Promise<DatabaseOutcome>;
  close(): Promise<void>;
}
