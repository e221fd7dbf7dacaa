/**
 * What a database that users run is to dbtest: a driver connects to it by URL, and a connection executes statements, moves
 * rows in bulk, ends transactions and says what it is. One folder beside this file for each driver; whoever has a
 * connection knows neither the package behind it nor its protocol.
 *
 * Connections live on the event loop of the thread that opened them. A driver knows no workload and no bench: tables and
 * statements come from outside. Values are whole numbers, texts and nulls: money and rates are counted in their smallest
 * unit and reach the database as exact decimal text, so that no amount is ever a fraction in the client.
 */

/** The SQL that a server understands; statements and tables are written for each. */
export type Dialect = 'postgres' | 'mysql' | 'sqlite';

/** By ascending strength. `repeatable read` is what the server calls so: a snapshot on PostgreSQL and on InnoDB. */
export const ISOLATION_LEVELS = ['read uncommitted', 'read committed', 'repeatable read', 'serializable'] as const;
export type IsolationLevel = (typeof ISOLATION_LEVELS)[number];

/**
 * What a value is in the client and in the database.
 *   integer   a whole number, up to 2^53 - 1
 *   decimal   a whole number that counts 10^-digits: cents are decimals of 2 digits; NUMERIC or DECIMAL in the database
 *   text      a string
 *   instant   milliseconds since 1970, UTC; a timestamp in the database
 */
export type ValueType =
  | { readonly kind: 'integer' }
  | { readonly kind: 'decimal'; readonly digits: number }
  | { readonly kind: 'text' }
  | { readonly kind: 'instant' };

export const INTEGER: ValueType = { kind: 'integer' };
export const TEXT: ValueType = { kind: 'text' };
export const INSTANT: ValueType = { kind: 'instant' };
/** Cents in the client, two digits behind the point in the database. */
export const MONEY: ValueType = { kind: 'decimal', digits: 2 };
/** Ten-thousandths in the client, four digits behind the point in the database. */
export const RATE: ValueType = { kind: 'decimal', digits: 4 };

/** Lists of values as one parameter: only where `Driver.hasListParameters`. */
export interface ListType {
  readonly kind: 'list';
  readonly of: ValueType;
}

export const listOf = (type: ValueType): ListType => ({ kind: 'list', of: type });

export type Value = number | string | null;
export type Parameter = Value | readonly Value[];

/** In the order of `Statement.columns`. */
export type Row = readonly Value[];

/**
 * A statement as it is sent again and again. A driver prepares it once a connection, so that statements are objects that
 * live as long as the program, and their names are unique.
 */
export interface Statement {
  /** Named in messages about it: `new-order: stock`. */
  readonly name: string;
  /** With parameters $1, $2, ... in every dialect; one may stand in several places. */
  readonly text: string;
  readonly parameters: readonly (ValueType | ListType)[];
  /** Of its result; empty where it returns no rows. */
  readonly columns: readonly ValueType[];
  /** Sent only once or seldom: not worth preparing. */
  readonly isOnce?: true;
}

/** A statement with its parameters. */
export interface Call {
  readonly statement: Statement;
  readonly parameters: readonly Parameter[];
}

export interface StatementResult {
  readonly rows: readonly Row[];
  /** Rows inserted, updated or deleted; of a query the rows returned. */
  readonly affectedRows: number;
}

/** Rows for one table, by column: every list of values has `rowCount` entries. */
export interface BulkRows {
  readonly table: string;
  readonly rowCount: number;
  readonly columns: readonly BulkColumn[];
}

export interface BulkColumn {
  readonly name: string;
  readonly type: ValueType;
  readonly values: ArrayLike<Value>;
}

/** What the server says of itself. */
export interface ServerFacts {
  /** `PostgreSQL`, `MariaDB`, ... */
  readonly product: string;
  readonly version: string;
  /** What a transaction of this connection really runs at, read back from within one; null where the server has no name for it. */
  readonly isolation: IsolationLevel | null;
  /** Whether it refuses to write. */
  readonly isReadOnly: boolean;
  /** What decides a benchmark, by the server's own names: `fsync`, `synchronous_commit`, `shared_buffers`, ... */
  readonly settings: Readonly<Record<string, string>>;
}

/** A transaction that was prepared for a two-phase commit and has no outcome yet. */
export interface PreparedTransaction {
  readonly gid: string;
  /** Milliseconds since 1970; null where the server does not keep it. */
  readonly preparedAtMs: number | null;
}

/**
 * One session with the server. Calls are made one after the other, each after the one before has settled.
 *
 * Every method rejects with a `DatabaseError`. After an error inside a transaction the only call is `rollback`; after one of
 * the kind `connection` the connection is lost, and the only call is `close`.
 */
export interface Connection {
  /**
   * Begins a transaction at the isolation level of the connection. Sends nothing by itself: it goes with the first
   * statement, in its round trip where the protocol can.
   * @param gid names it if it may be prepared: some servers must know so from its beginning. At most 64 bytes of ASCII
   */
  begin(gid?: string): void;
  /**
   * Begins a transaction that only reads, all of it from one state of the database, whatever others write meanwhile: as the
   * database was when its first statement is executed. Ended by `rollback`. Sends nothing by itself, as `begin`.
   */
  beginSnapshot(): void;
  /** Outside a transaction it is one of its own. */
  execute(statement: Statement, parameters: readonly Parameter[]): Promise<StatementResult>;
  /** In their order, and in one round trip where the protocol can. After the first that fails none is executed. */
  executeAll(calls: readonly Call[]): Promise<readonly StatementResult[]>;
  /** Executes `last` and commits, in one round trip where the protocol can. Nothing is committed where one of them fails. */
  commit(last?: readonly Call[]): Promise<readonly StatementResult[]>;
  /** Undoes the transaction; also after an error in it, and without effect where none was begun. */
  rollback(): Promise<void>;

  /**
   * First phase of a two-phase commit: afterwards `gid` decides the transaction. The connection that has prepared it is good
   * for its outcome alone until then; any other one can decide it once that connection is closed.
   * @param gid as in `begin`
   */
  prepare(gid: string, last?: readonly Call[]): Promise<readonly StatementResult[]>;
  commitPrepared(gid: string): Promise<void>;
  rollbackPrepared(gid: string): Promise<void>;
  /** Of this database, those whose gid begins with `prefix`. */
  listPrepared(prefix: string): Promise<readonly PreparedTransaction[]>;
  /** How many may be prepared at once; 0 where two-phase commits are switched off, null where there is no such limit. */
  mostPrepared(): Promise<number | null>;

  /** One or several statements without parameters and results: DDL above all. `name` is for messages. */
  run(name: string, text: string): Promise<void>;
  /** The fastest way into the table that the server has: COPY, or inserts of many rows. Joins an open transaction. */
  bulkInsert(rows: BulkRows): Promise<void>;
  /** Whether the table is there, in the schema of the connection. */
  hasTable(table: string): Promise<boolean>;
  facts(): Promise<ServerFacts>;
  /** Ends the session; never rejects. */
  close(): Promise<void>;
}

/** What a connection is opened with besides the URL. */
export interface ConnectOptions {
  readonly isolation: IsolationLevel;
  /** Where tables are found and made; null for the server's default. */
  readonly schema: string | null;
  /** Whether statements are prepared once and executed by name, or sent with their text each time. */
  readonly prepareStatements: boolean;
  readonly connectTimeoutMs: number;
  /** Shown by the server in its list of sessions. */
  readonly applicationName: string;
}

export interface Driver {
  /** As in `--driver`. */
  readonly name: string;
  readonly dialect: Dialect;
  /** How its URLs begin: `postgres:`, `postgresql:`. */
  readonly urlProtocols: readonly string[];
  readonly urlExample: string;
  /** Of URLs that name none; 0 where there are no ports. */
  readonly defaultPort: number;
  /** What is wrong with a URL of one of these protocols, in words without anything secret; null where nothing is. */
  urlProblem?(url: URL): string | null;
  readonly hasSchemas: boolean;
  /** Whether a schema is a database of the server, so that two databases there cannot have one of the same name each. */
  readonly schemasAreDatabases?: true;
  /** Whether a parameter may be a list: an array on PostgreSQL. Without, statements are written for each length. */
  readonly hasListParameters: boolean;
  readonly hasProcedures: boolean;
  readonly hasTwoPhaseCommit: boolean;
  /** Whether the database runs inside the threads that have its sessions, so that busy threads are no word about the client. */
  readonly isInProcess: boolean;
  /**
   * Whether statements are prepared unless somebody says otherwise: not where a prepared one takes a round trip for itself
   * and texts go together.
   */
  readonly preparesByDefault: boolean;
  /** The level at which a run is serializable as its specification wants it, at the least cost that the server offers. */
  readonly defaultIsolation: IsolationLevel;
  /** Rejects with a `DatabaseError`; its message names server, database and user and never the password. */
  connect(url: string, options: ConnectOptions): Promise<Connection>;
}

/**
 * What an error means for whoever called.
 *   conflict     serialization failure, deadlock, lock timeout: undone for another transaction, and worth another attempt
 *   connection   the server cannot be reached, or the connection is lost. A commit that was under way may have happened
 *   constraint   a key is there twice, or a reference leads nowhere
 *   refused      wrong password, missing database or privilege, too many connections, read-only server
 *   other        anything else: disk full, syntax, out of memory, ...
 */
export type DatabaseErrorKind = 'conflict' | 'connection' | 'constraint' | 'refused' | 'other';

/** What a server or the way to it had to say. Its message is one line, with the database's own words and no password. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
  readonly kind: DatabaseErrorKind;
  /** `Statement.name`, or what else was under way; null where it was no statement. */
  readonly statement: string | null;
  /** SQLSTATE or the driver's own code; null where there is none. */
  readonly code: string | null;

  constructor(
    kind: DatabaseErrorKind,
    message: string,
    { statement = null, code = null, cause }: { statement?: string | null; code?: string | null; cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.statement = statement;
    this.code = code;
  }
}
