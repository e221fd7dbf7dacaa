/**
 * What a workload is to the bench where it runs on databases instead of the embedded engine: its tables as SQL, the rows of
 * the load, one session of terminals for each connection, and the conditions as SQL. A workload that has this half gives it
 * by `WorkloadModule.loadDatabase`; it sees connections by the driver's contract and knows no package and no protocol.
 *
 * The bench itself keeps what a load was made with in tables of its own (`dbtest_load`, `dbtest_loaded_warehouse`).
 */
import type { MixConfig, WorkloadOptions } from '../../config/run-config.ts';
import type { BulkRows, Call, Connection, Dialect, Statement, StatementResult } from '../../drivers/contract.ts';
import type { Outcome } from '../../shard/contract.ts';
import type { PartialCheck } from '../partial-check.ts';
import type { ConditionResult } from '../result.ts';

/** What users choose about the tables. */
export interface SchemaOptions {
  foreignKeys: boolean;
  /** Hash partitions, by warehouse, of every table that has one; 0 for plain tables. */
  partitions: number;
  /** Whether the warehouses lie in several databases, which foreign keys cannot span. */
  spansDatabases?: boolean;
}

/** Something for `Connection.run`. */
export interface Script {
  /** For messages and progress: `create table stock`, `index customer by name`. */
  name: string;
  text: string;
  /** Must not run inside a transaction: VACUUM. */
  isOutsideTransaction?: true;
  /** A query without parameters: the script is for databases where it returns a row. Of drops alone. */
  onlyWhere?: Statement;
}

/** The tables as SQL, each list in the order in which it is run. */
export interface SchemaScripts {
  /** Tables without indexes, except where the server wants the primary key with the table. */
  createTables: readonly Script[];
  /** What is better made after the rows are there: keys, indexes, foreign keys, statistics. */
  afterLoad: readonly Script[];
  /** Drops whatever of it is there. */
  drop: readonly Script[];
}

/** The warehouses of one database, of all that the run has. */
export interface DatabasePart {
  firstWarehouse: number;
  lastWarehouse: number;
  totalWarehouses: number;
}

/** How sessions reach the databases of a run: one for each shard. */
export interface ShardedConnections {
  /** Index of the database that holds the warehouse. */
  shardOf(warehouseId: number): number;
  /**
   * The connection to a shard, in the transaction of the moment: begun there when it is first asked for. The own shard's is
   * always open; another one is connected to when it is first needed.
   */
  on(shard: number): Promise<Connection>;
}

/** What a session knows of itself when the workload opens it. */
export interface SessionPlacement {
  seed: number;
  totalWarehouses: number;
  /** Its terminals: warehouse, and number within the warehouse from 0. */
  terminals: readonly { warehouseId: number; terminal: number }[];
  dialect: Dialect;
  sqlMode: SqlMode;
  /** What `DatabaseWorkload.loadFacts` gave for the load. */
  loadFacts: Readonly<Record<string, string>>;
}

/** Statements from the client, or one call of a stored procedure for each transaction. */
export type SqlMode = 'statements' | 'procedures';

/** Statements for one shard. */
export interface ShardCalls {
  shard: number;
  calls: readonly Call[];
}

/**
 * One attempt at a transaction. Where it has several shards their locks are taken in ascending order of the shards: no
 * server sees a deadlock that spans two of them.
 */
export interface SqlTransaction extends ShardedConnections {
  /**
   * Executes `last` and commits on every shard that `on` gave; on several by two-phase commit.
   * @returns the results of `last`, in its order
   */
  commit(last?: readonly ShardCalls[]): Promise<readonly (readonly StatementResult[])[]>;
  /** Instead of everything else: a call that is a transaction of its own. */
  executeAlone(shard: number, call: Call): Promise<StatementResult>;
  /** Undoes everything on every shard. */
  rollback(): Promise<void>;
}

/** Terminals that take turns on one session: one transaction at a time. */
export interface DatabaseSession {
  /** As `WorkloadModule.counterNames`. */
  readonly counters: Float64Array;
  /** Draws the next transaction of a terminal (index into `SessionPlacement.terminals`). @returns its type */
  draw(terminal: number): number;
  /** Counts the input of what was drawn; once a transaction, however many attempts it takes. */
  count(terminal: number): void;
  /**
   * One attempt at what was drawn: COMMITTED, USER_ABORT, or QUEUED with nothing executed yet. It ends the transaction
   * itself, except after an error, which it lets through.
   */
  execute(terminal: number, transaction: SqlTransaction, nowMs: number): Promise<Outcome>;
  /** Transactions that were QUEUED and that `executeDeferred` has not done. */
  readonly deferredCount: number;
  /** One attempt at the oldest queued transaction; it stays queued after an error. */
  executeDeferred(transaction: SqlTransaction, nowMs: number): Promise<void>;
  /** Gives the oldest queued transaction up. */
  dropDeferred(): void;
}

/** Some lines of one table; a table's pieces follow each other. */
export interface ExportedLines {
  /** The specification's names. */
  table: string;
  columns: string[];
  /** Each ended by CR LF; empty for a table without rows. */
  lines: string;
}

export interface DatabaseWorkload {
  /** Tables of the workload as `Connection.hasTable` wants them. */
  readonly tables: readonly string[];
  schema(dialect: Dialect, options: SchemaOptions): SchemaScripts;
  /** Kept with the data by a load with this seed: `C_LOAD`, the scale, ... */
  loadFacts(seed: number): Readonly<Record<string, string>>;
  /** Why a run cannot use data with these facts, as half a sentence; null where it can. */
  misfit(facts: Readonly<Record<string, string>>): string | null;
  /** Rows that every database of a run has: ITEM. In batches of some thousand rows. */
  sharedRows(seed: number): Iterable<BulkRows>;
  /** Everything of one warehouse, in batches of some thousand rows, each table's together. */
  warehouseRows(seed: number, warehouseId: number): Iterable<BulkRows>;
  /** About how many rows these are, for progress. */
  expectedRows(warehouses: number): { shared: number; warehouses: number };
  /** The stored procedures for `--sql-mode procedures`; empty where the dialect has none. */
  procedures(dialect: Dialect): readonly Script[];
  openSession(placement: SessionPlacement, mix: MixConfig, options: WorkloadOptions): DatabaseSession;
  /** What one database can say about the conditions: run on the server, while nothing else changes it. */
  check(connection: Connection, dialect: Dialect, part: DatabasePart): Promise<PartialCheck>;
  /** Merges what the databases said; settles what spans them. */
  judge(partials: readonly PartialCheck[], complete: boolean): ConditionResult[];
  /** Tables that every database has alike; an export has them once. */
  readonly sharedTables: readonly string[];
  /** Every table for `--export`, a piece after the other: CSV lines as the embedded engine's export has them. */
  exportTables(connection: Connection): AsyncIterable<ExportedLines>;
}
