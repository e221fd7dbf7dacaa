/**
 * One session with a PostgreSQL server. Statements go out in batches of one round trip; BEGIN travels with the first
 * statement of a transaction and COMMIT with its last ones.
 */
import type { Client, Connection as Wire } from 'pg';
import { assert } from '../../assert.ts';
import {
  type BulkRows,
  type Call,
  type Connection,
  type ConnectOptions,
  type DatabaseError,
  INSTANT,
  INTEGER,
  type Parameter,
  type PreparedTransaction,
  type ServerFacts,
  type Statement,
  type StatementResult,
  TEXT,
} from '../contract.ts';
import { Batch, PreparedStatements } from './batch.ts';
import { Copy } from './copy.ts';
import { toDatabaseError } from './errors.ts';
import { readFacts } from './facts.ts';
import { quoteName, quoteText } from './names.ts';

/** How long a server may take to say goodbye. */
const GOODBYE_MS = 1000;

const command = (text: string): Call => ({
  statement: { name: text.toLowerCase(), text, parameters: [], columns: [] },
  parameters: [],
});

const BEGIN = command('BEGIN');
const BEGIN_SNAPSHOT = command('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
const COMMIT = command('COMMIT');
const ROLLBACK = command('ROLLBACK');

const LIST_PREPARED: Statement = {
  name: 'list prepared transactions',
  text: 'SELECT gid, prepared FROM pg_prepared_xacts WHERE database = current_database() AND starts_with(gid, $1) ORDER BY gid',
  parameters: [TEXT],
  columns: [TEXT, INSTANT],
};

const MOST_PREPARED: Statement = {
  name: 'max_prepared_transactions',
  text: "SELECT setting::int FROM pg_settings WHERE name = 'max_prepared_transactions'",
  parameters: [],
  columns: [INTEGER],
};

const HAS_TABLE: Statement = {
  name: 'look for a table',
  text: 'SELECT CASE WHEN to_regclass($1) IS NULL THEN 0 ELSE 1 END',
  parameters: [TEXT],
  columns: [INTEGER],
};

/** `begun`: BEGIN is to be sent with the next statement. */
type TransactionState = 'none' | 'begun' | 'open' | 'failed';

export class PostgresConnection implements Connection {
  private readonly client: Client;
  private readonly place: string;
  private readonly prepared: PreparedStatements | null;
  private batch: Batch | null = null;
  private state: TransactionState = 'none';
  /** What begins the transaction that is `begun`. */
  private opening = BEGIN;
  /** Why the session is over. */
  private lost: unknown = null;

  /**
   * @param client connected
   * @param place the database, as a URL without its password
   */
  constructor(client: Client, place: string, options: Pick<ConnectOptions, 'prepareStatements'>) {
    this.client = client;
    this.place = place;
    this.prepared = options.prepareStatements ? new PreparedStatements() : null;
    client.on('error', (error) => {
      this.lost ??= error;
    });
    (client.connection as Wire).on('parseComplete', () => this.batch?.parseComplete());
  }

  begin(): void {
    assert(this.state === 'none', 'a transaction begins when the one before has ended');
    this.state = 'begun';
    this.opening = BEGIN;
  }

  beginSnapshot(): void {
    this.begin();
    this.opening = BEGIN_SNAPSHOT;
  }

  async execute(statement: Statement, parameters: readonly Parameter[]): Promise<StatementResult> {
    return (await this.executeAll([{ statement, parameters }]))[0];
  }

  async executeAll(calls: readonly Call[]): Promise<readonly StatementResult[]> {
    if (calls.length === 0) return [];
    if (this.state !== 'begun') return this.send(calls);
    this.state = 'open';
    return (await this.send([this.opening, ...calls])).slice(1);
  }

  commit(last: readonly Call[] = []): Promise<readonly StatementResult[]> {
    return this.endWith(COMMIT, last);
  }

  prepare(gid: string, last: readonly Call[] = []): Promise<readonly StatementResult[]> {
    const text = `PREPARE TRANSACTION ${quoteText(gid)}`;
    return this.endWith(unprepared('prepare transaction', text), last);
  }

  /** Sends what is left of the transaction, with its end behind it. */
  private async endWith(end: Call, last: readonly Call[]): Promise<readonly StatementResult[]> {
    assert(this.state === 'begun' || this.state === 'open', 'there is a transaction to end');
    if (this.state === 'begun' && last.length === 0 && end === COMMIT) {
      this.state = 'none';
      return [];
    }
    const first = this.state === 'begun' ? [this.opening] : [];
    this.state = 'open';
    const results = await this.send([...first, ...last, end]);
    this.state = 'none';
    return results.slice(first.length, first.length + last.length);
  }

  async rollback(): Promise<void> {
    const { state } = this;
    this.state = 'none';
    if (state === 'none' || state === 'begun') return;
    await this.send([ROLLBACK]);
  }

  async commitPrepared(gid: string): Promise<void> {
    await this.send([unprepared('commit prepared', `COMMIT PREPARED ${quoteText(gid)}`)]);
  }

  async rollbackPrepared(gid: string): Promise<void> {
    await this.send([unprepared('rollback prepared', `ROLLBACK PREPARED ${quoteText(gid)}`)]);
  }

  async listPrepared(prefix: string): Promise<readonly PreparedTransaction[]> {
    const { rows } = await this.execute(LIST_PREPARED, [prefix]);
    return rows.map(([gid, preparedAtMs]) => ({ gid: gid as string, preparedAtMs: preparedAtMs as number }));
  }

  async mostPrepared(): Promise<number | null> {
    const { rows } = await this.execute(MOST_PREPARED, []);
    return rows.length === 0 ? null : (rows[0][0] as number);
  }

  async run(name: string, text: string): Promise<void> {
    const first = this.state === 'begun' ? `${this.opening.statement.text}; ` : '';
    if (first !== '') this.state = 'open';
    await this.guarded(name, () => this.client.query(first + text));
  }

  async bulkInsert(rows: BulkRows): Promise<void> {
    const first = this.state === 'begun' ? `${this.opening.statement.text}; ` : '';
    if (first !== '') this.state = 'open';
    if (rows.rowCount === 0 && first === '') return;
    const name = `copy into ${rows.table}`;
    await this.guarded(name, () => this.client.query(new Copy(rows, first)).done);
  }

  async hasTable(table: string): Promise<boolean> {
    return (await this.execute(HAS_TABLE, [quoteName(table)])).rows[0][0] === 1;
  }

  facts(): Promise<ServerFacts> {
    return readFacts(this);
  }

  async close(): Promise<void> {
    const { client } = this;
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, GOODBYE_MS);
    });
    await Promise.race([client.end().catch(() => undefined), tooLong]);
    clearTimeout(timer);
    (client.connection as unknown as { stream: { destroy(): void } }).stream.destroy();
  }

  private async send(calls: readonly Call[]): Promise<readonly StatementResult[]> {
    const batch = new Batch(calls, this.prepared);
    this.batch = batch;
    try {
      this.refuseWhenLost();
      return await this.client.query(batch).done;
    } catch (error) {
      // What fails with BEGIN is on its way to the statement behind it.
      const { name } =
        batch.current === this.opening.statement && calls.length > 1 ? calls[1].statement : batch.current;
      throw this.failed(error, name);
    }
  }

  private async guarded<T>(name: string, work: () => Promise<T>): Promise<T> {
    try {
      this.refuseWhenLost();
      return await work();
    } catch (error) {
      throw this.failed(error, name);
    }
  }

  private refuseWhenLost(): void {
    if (this.lost !== null) throw this.lost;
  }

  private failed(error: unknown, statement: string): DatabaseError {
    const failure = toDatabaseError(this.lost ?? error, statement, this.place);
    if (failure.kind === 'connection') this.lost ??= error;
    if (this.state === 'open') this.state = 'failed';
    return failure;
  }
}

/** A command with its own text each time, which is not worth a name at the server. */
const unprepared = (name: string, text: string): Call => ({
  statement: { name, text, parameters: [], columns: [], isOnce: true },
  parameters: [],
});
