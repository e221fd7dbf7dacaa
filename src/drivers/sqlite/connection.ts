/**
 * One session with an SQLite file. Values are whole numbers and texts on both sides: what other databases keep as exact
 * decimals and as timestamps are integers here, in the unit of the client.
 */
import { accessSync, constants, rmSync } from 'node:fs';
import { setImmediate as nextRound } from 'node:timers/promises';
import { assert } from '../../assert.ts';
import {
  type BulkRows,
  type Call,
  type Connection,
  type ConnectOptions,
  DatabaseError,
  type Parameter,
  type PreparedTransaction,
  type Row,
  type ServerFacts,
  type Statement,
  type StatementResult,
} from '../contract.ts';
import { toDatabaseError } from './errors.ts';
import type { SqliteDatabase, SqliteStatement } from './library.ts';
import { turnsOf, type WriteTurns, whenUnlocked } from './write-turn.ts';

/** `begun`: BEGIN comes with the next statement. `asked` and `reading`: the same of a snapshot, which takes no turn at writing. */
type TransactionState = 'none' | 'begun' | 'open' | 'asked' | 'reading';

/** Names of the numbers that `PRAGMA synchronous` returns. */
const SYNCHRONOUS = ['off', 'normal', 'full', 'extra'];
/** What decides besides how fast and how durable it is. */
const SETTINGS = ['journal_mode', 'cache_size', 'page_size', 'foreign_keys', 'wal_autocheckpoint'];

export class SqliteConnection implements Connection {
  private readonly database: SqliteDatabase;
  private readonly path: string;
  private readonly isNew: boolean;
  private readonly turns: WriteTurns;
  private readonly prepared: Map<Statement, SqliteStatement> | null;
  private state: TransactionState = 'none';

  /** @param isNew whether the file was not there before; it goes again where nothing comes into it */
  constructor(
    database: SqliteDatabase,
    path: string,
    options: Pick<ConnectOptions, 'prepareStatements'>,
    isNew: boolean,
  ) {
    this.database = database;
    this.path = path;
    this.isNew = isNew;
    this.turns = turnsOf(path);
    this.prepared = options.prepareStatements ? new Map() : null;
  }

  begin(): void {
    assert(this.state === 'none', 'a transaction begins when the one before has ended');
    this.state = 'begun';
  }

  beginSnapshot(): void {
    this.begin();
    this.state = 'asked';
  }

  async execute(statement: Statement, parameters: readonly Parameter[]): Promise<StatementResult> {
    return (await this.executeAll([{ statement, parameters }]))[0];
  }

  async executeAll(calls: readonly Call[]): Promise<readonly StatementResult[]> {
    if (calls.length === 0) return [];
    const { name } = calls[0].statement;
    if (this.state === 'begun') await this.open(name);
    const work = () => calls.map((call) => this.call(call));
    if (this.state === 'asked') return this.openSnapshot(name, work);
    if (this.state === 'open' || this.state === 'reading') return work();
    return calls.every(isQuery) ? this.read(name, work) : this.alone(name, work);
  }

  async commit(last: readonly Call[] = []): Promise<readonly StatementResult[]> {
    assert(this.state !== 'none', 'there is a transaction to end');
    const results = await this.executeAll(last);
    if (this.state === 'open') this.guarded('commit', () => this.database.exec('COMMIT'));
    this.end();
    return results;
  }

  async rollback(): Promise<void> {
    const isOpen = this.state === 'open' || this.state === 'reading';
    try {
      // After a full disk and the like SQLite has done it by itself.
      if (isOpen) this.database.exec('ROLLBACK');
    } catch (error) {
      if (!String(error).includes('no transaction is active')) throw toDatabaseError(error, 'rollback', this.path);
    } finally {
      this.end();
    }
  }

  async run(name: string, text: string): Promise<void> {
    if (this.state === 'begun') await this.open(name);
    const work = () => this.guarded(name, () => this.database.exec(text));
    // Each of its statements is a transaction of its own then, and some cannot be part of one.
    if (this.state === 'open') work();
    else await this.inTurn(() => whenUnlocked(work));
  }

  async bulkInsert({ table, columns, rowCount }: BulkRows): Promise<void> {
    const name = `insert into ${table}`;
    const names = columns.map((column) => `"${column.name}"`).join(', ');
    const marks = columns.map((_, i) => `?${i + 1}`).join(', ');
    const insert = (): void => {
      const statement = this.database.prepare(`INSERT INTO "${table}" (${names}) VALUES (${marks})`);
      for (let row = 0; row < rowCount; row++) statement.run(...columns.map(({ values }) => values[row]));
    };
    if (this.state === 'begun') await this.open(name);
    if (this.state === 'open') this.guarded(name, insert);
    else await this.alone(name, () => this.guarded(name, insert));
  }

  async hasTable(table: string): Promise<boolean> {
    const sql = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1";
    return this.guarded('look for a table', () => this.database.prepare(sql).all(table)).length > 0;
  }

  async facts(): Promise<ServerFacts> {
    const one = (sql: string): string =>
      String(this.guarded(sql, () => this.database.prepare(sql).all())[0]?.[0] ?? '');
    return {
      product: 'SQLite',
      version: one('SELECT sqlite_version()'),
      // One writer at a time, and readers see one state of the file (SQLite, "Isolation In SQLite").
      isolation: 'serializable',
      isReadOnly: !isWritable(this.path),
      settings: {
        synchronous: SYNCHRONOUS[Number(one('PRAGMA synchronous'))],
        ...Object.fromEntries(SETTINGS.map((name) => [name, one(`PRAGMA ${name}`)])),
      },
    };
  }

  prepare(): Promise<readonly StatementResult[]> {
    return this.withoutTwoPhases();
  }

  commitPrepared(): Promise<void> {
    return this.withoutTwoPhases();
  }

  rollbackPrepared(): Promise<void> {
    return this.withoutTwoPhases();
  }

  async listPrepared(): Promise<readonly PreparedTransaction[]> {
    return [];
  }

  async mostPrepared(): Promise<number | null> {
    return 0;
  }

  async close(): Promise<void> {
    await this.rollback().catch(() => undefined);
    try {
      const isLeftOver = this.isNew && this.database.prepare('SELECT 1 FROM sqlite_master LIMIT 1').all().length === 0;
      this.database.close();
      if (isLeftOver) for (const end of ['', '-wal', '-shm']) rmSync(this.path + end, { force: true });
    } catch {
      // The file is given up either way.
    }
  }

  /** Begins the transaction for good, as the writer: one that turns into a writer later would find its reads outdated. */
  private async open(name: string): Promise<void> {
    await this.turns.take();
    try {
      await whenUnlocked(() => this.database.exec('BEGIN IMMEDIATE'));
    } catch (error) {
      this.turns.release();
      this.state = 'none';
      throw toDatabaseError(error, name, this.path);
    }
    this.state = 'open';
  }

  /** A deferred BEGIN reads one state of the file from its first statement on, which may find the file locked. */
  private async openSnapshot<T>(name: string, work: () => T): Promise<T> {
    await nextRound();
    try {
      const result = await whenUnlocked(() => {
        this.database.exec('BEGIN');
        try {
          return work();
        } catch (error) {
          this.database.exec('ROLLBACK');
          throw error;
        }
      });
      this.state = 'reading';
      return result;
    } catch (error) {
      this.state = 'none';
      throw toDatabaseError(error, name, this.path);
    }
  }

  private end(): void {
    if (this.state === 'open') this.turns.release();
    this.state = 'none';
  }

  /** Work as a transaction of its own. */
  private async alone<T>(name: string, work: () => T): Promise<T> {
    this.begin();
    await this.open(name);
    try {
      const result = work();
      await this.commit();
      return result;
    } catch (error) {
      await this.rollback();
      throw error;
    }
  }

  /** Queries of one state of the file, which need no turn at writing and may be all that a file permits. */
  private async read<T>(name: string, work: () => T): Promise<T> {
    await nextRound();
    try {
      return await whenUnlocked(() => {
        this.database.exec('BEGIN');
        try {
          return work();
        } finally {
          this.database.exec('COMMIT');
        }
      });
    } catch (error) {
      throw toDatabaseError(error, name, this.path);
    }
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    await this.turns.take();
    try {
      return await work();
    } finally {
      this.turns.release();
    }
  }

  private call({ statement, parameters }: Call): StatementResult {
    return this.guarded(statement.name, () => {
      const prepared = this.statement(statement);
      if (statement.columns.length === 0) return { rows: [], affectedRows: prepared.run(...parameters) };
      const rows = prepared.all(...parameters) as Row[];
      return { rows, affectedRows: rows.length };
    });
  }

  private statement(statement: Statement): SqliteStatement {
    const known = this.prepared?.get(statement);
    if (known !== undefined) return known;
    const prepared = this.database.prepare(statement.text.replace(/\$(\d+)/g, '?$1'));
    if (statement.isOnce !== true) this.prepared?.set(statement, prepared);
    return prepared;
  }

  private guarded<T>(name: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw toDatabaseError(error, name, this.path);
    }
  }

  private withoutTwoPhases(): Promise<never> {
    return Promise.reject(new DatabaseError('other', `${this.path}: SQLite has no two-phase commit`));
  }
}

const isQuery = ({ statement }: Call): boolean => /^\s*SELECT\b/i.test(statement.text);

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
