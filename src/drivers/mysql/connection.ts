/**
 * One session with a MySQL or MariaDB server. Prepared statements go out one after the other, as the protocol has it; without
 * them the statements of a batch, BEGIN and COMMIT included, are one text and take one round trip. A transaction that may be
 * prepared is an XA transaction from its beginning: START TRANSACTION and COMMIT are XA START, END and PREPARE there.
 */
import type { Connection as Client } from 'mysql2/promise';
import { assert } from '../../assert.ts';
import {
  type BulkRows,
  type Call,
  type Connection,
  type ConnectOptions,
  type DatabaseError,
  INTEGER,
  type Parameter,
  type PreparedTransaction,
  type ServerFacts,
  type Statement,
  type StatementResult,
  TEXT,
  type ValueType,
} from '../contract.ts';
import { toDatabaseError } from './errors.ts';
import { readFacts } from './facts.ts';
import { PreparedBranches } from './prepared-branches.ts';
import { decodeValue, literal, typedParameter } from './values.ts';
import { branchOf, xidOf } from './xa.ts';

/** Length of one INSERT of a bulk load; servers accept 16 MB unless told otherwise. */
const INSERT_CHARACTERS = 512 * 1024;
/** How long a server may take to say goodbye. */
const GOODBYE_MS = 1000;

const HAS_TABLE: Statement = {
  name: 'look for a table',
  text: 'SELECT count(*) FROM information_schema.tables WHERE table_schema = database() AND table_name = $1',
  parameters: [TEXT],
  columns: [INTEGER],
  isOnce: true,
};

/** A statement with `?` for its parameters, and which of them each stands for. */
interface Positional {
  sql: string;
  order: number[];
}

/** The level is that of the next transaction alone; at a weaker one nothing would keep the snapshot. */
const START_SNAPSHOT: readonly string[] = [
  'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ',
  'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY',
];
const START: readonly string[] = ['START TRANSACTION'];

type TransactionState = 'none' | 'begun' | 'open';
type RawRow = readonly (string | number | null)[];

export class MysqlConnection implements Connection {
  private readonly client: Client;
  private readonly place: string;
  private readonly usesPrepared: boolean;
  private readonly branch: string;
  private readonly branches: PreparedBranches;
  private readonly positional = new Map<Statement, Positional>();
  /** `begun`: `opening` is to be sent with the next statement. */
  private state: TransactionState = 'none';
  private opening = START;
  /** Of an XA transaction. */
  private xid: string | null = null;
  /** Why the session is over. */
  private lost: unknown = null;

  /**
   * @param client connected, with several statements in a text allowed, rows as arrays and dates as text
   * @param place the database, as a URL without its password
   * @param database its name at the server
   */
  constructor(client: Client, place: string, database: string, options: Pick<ConnectOptions, 'prepareStatements'>) {
    this.client = client;
    this.place = place;
    this.branch = branchOf(database);
    this.branches = new PreparedBranches((name, text) => this.query(name, text), place, this.branch);
    this.usesPrepared = options.prepareStatements;
    // Who waits for an answer hears of a lost connection by its promise.
    client.on('error', (error: unknown) => {
      this.lost ??= error;
    });
  }

  begin(gid?: string): void {
    assert(this.state === 'none', 'a transaction begins when the one before has ended');
    this.state = 'begun';
    this.xid = gid === undefined ? null : xidOf(gid, this.branch);
    this.opening = this.xid === null ? START : [`XA START ${this.xid}`];
  }

  beginSnapshot(): void {
    this.begin();
    this.opening = START_SNAPSHOT;
  }

  async execute(statement: Statement, parameters: readonly Parameter[]): Promise<StatementResult> {
    return (await this.executeAll([{ statement, parameters }]))[0];
  }

  async executeAll(calls: readonly Call[]): Promise<readonly StatementResult[]> {
    return calls.length === 0 ? [] : this.send(calls, null);
  }

  async commit(last: readonly Call[] = []): Promise<readonly StatementResult[]> {
    const { state, xid } = this;
    assert(state !== 'none', 'there is a transaction to end');
    const text = xid === null ? 'COMMIT' : `XA END ${xid}; XA COMMIT ${xid} ONE PHASE`;
    const results = state === 'begun' && last.length === 0 ? [] : await this.send(last, { name: 'commit', text });
    this.state = 'none';
    return results;
  }

  async rollback(): Promise<void> {
    const { state, xid } = this;
    this.state = 'none';
    if (state !== 'open') return;
    if (xid === null) return void (await this.query('rollback', 'ROLLBACK'));
    // After a deadlock the server has ended the branch, and perhaps undone it: then there is nothing more to end or undo.
    await this.query('xa end', `XA END ${xid}`).catch(unless(/^ER_XA/));
    await this.query('xa rollback', `XA ROLLBACK ${xid}`).catch(unless(/^ER_XAER_NOTA$|^ER_XA_RB/));
  }

  async run(name: string, text: string): Promise<void> {
    await this.start(name);
    await this.guarded(name, () => this.client.query(text));
  }

  async bulkInsert({ table, columns, rowCount }: BulkRows): Promise<void> {
    const name = `insert into ${table}`;
    await this.start(name);
    const names = columns.map((column) => `\`${column.name}\``).join(', ');
    const head = `INSERT INTO \`${table}\` (${names}) VALUES `;
    let text = '';
    for (let row = 0; row < rowCount; row++) {
      const values = columns.map(({ type, values: all }) => literal(all[row], type)).join(', ');
      text += `${text === '' ? head : ', '}(${values})`;
      if (row < rowCount - 1 && text.length < INSERT_CHARACTERS) continue;
      const insert = text;
      text = '';
      await this.guarded(name, () => this.client.query(insert));
    }
  }

  async hasTable(table: string): Promise<boolean> {
    return (await this.execute(HAS_TABLE, [table])).rows[0][0] === 1;
  }

  facts(): Promise<ServerFacts> {
    return readFacts(this);
  }

  async prepare(gid: string, last: readonly Call[] = []): Promise<readonly StatementResult[]> {
    const { xid } = this;
    assert(this.state !== 'none' && xid === xidOf(gid, this.branch), 'it began with the name that it is prepared by');
    const results = await this.send(last, { name: 'xa prepare', text: `XA END ${xid}; XA PREPARE ${xid}` });
    this.state = 'none';
    return results;
  }

  commitPrepared(gid: string): Promise<void> {
    return this.branches.end('COMMIT', gid);
  }

  rollbackPrepared(gid: string): Promise<void> {
    return this.branches.end('ROLLBACK', gid);
  }

  listPrepared(prefix: string): Promise<readonly PreparedTransaction[]> {
    return this.branches.list(prefix);
  }

  async mostPrepared(): Promise<number | null> {
    return null;
  }

  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, GOODBYE_MS);
    });
    await Promise.race([this.client.end().catch(() => undefined), tooLong]);
    clearTimeout(timer);
    this.client.destroy();
  }

  private async start(name: string): Promise<void> {
    if (this.state !== 'begun') return;
    this.state = 'open';
    await this.query(name, this.opening.join('; '));
  }

  private async send(calls: readonly Call[], end: Ending | null): Promise<readonly StatementResult[]> {
    if (!this.usesPrepared) return this.sendAsText(calls, end);
    const results: StatementResult[] = [];
    await this.start(calls.length > 0 ? calls[0].statement.name : (end?.name ?? ''));
    for (const call of calls) results.push(await this.executeOne(call));
    if (end !== null) await this.query(end.name, end.text);
    return results;
  }

  private async executeOne({ statement, parameters }: Call): Promise<StatementResult> {
    const { sql, order } = this.positionalOf(statement);
    const values = order.map((at) => typedParameter(parameters[at], typeOf(statement, at)));
    const [result] = await this.guarded(statement.name, () =>
      statement.isOnce === true
        ? this.client.query({ sql: textOf({ statement, parameters }), rowsAsArray: true })
        : this.client.execute({ sql, values, rowsAsArray: true }),
    );
    return resultOf(statement, isCall(statement) ? (result as unknown[])[0] : result);
  }

  /** An error in the middle keeps what follows from being executed. */
  private async sendAsText(calls: readonly Call[], end: Ending | null): Promise<readonly StatementResult[]> {
    const first = this.state === 'begun' ? this.opening : [];
    if (first.length > 0) this.state = 'open';
    const texts = [...first, ...calls.map(textOf), ...(end === null ? [] : [end.text])];
    const names = calls.map(({ statement }) => statement.name);
    const name = names.length > 0 ? names.join('; ') : (end?.name ?? '');
    const [answer] = await this.guarded(name, () => this.client.query({ sql: texts.join(';\n'), rowsAsArray: true }));
    // A single statement has no list of results, unless it is a procedure's.
    const isList = texts.length > 1 || calls.some(({ statement }) => isCall(statement));
    const all: readonly unknown[] = isList ? (answer as unknown[]) : [answer];
    let at = first.length;
    return calls.map(({ statement }) => {
      const result = all[at];
      at += isCall(statement) ? 2 : 1;
      return resultOf(statement, result);
    });
  }

  private positionalOf(statement: Statement): Positional {
    const known = this.positional.get(statement);
    if (known !== undefined) return known;
    const order: number[] = [];
    const sql = statement.text.replace(/\$(\d+)/g, (_, number) => {
      order.push(Number(number) - 1);
      return '?';
    });
    this.positional.set(statement, { sql, order });
    return { sql, order };
  }

  private async guarded<T>(name: string, work: () => Promise<T>): Promise<T> {
    if (this.lost !== null) throw toDatabaseError(this.lost, name, this.place);
    try {
      return await work();
    } catch (error) {
      const failure = toDatabaseError(error, name, this.place);
      if (failure.kind === 'connection') this.lost ??= error;
      throw failure;
    }
  }

  /** @returns rows, where it is a query */
  private async query(name: string, text: string): Promise<readonly unknown[]> {
    const [result] = await this.guarded(name, () => this.client.query({ sql: text, rowsAsArray: true }));
    return result as readonly unknown[];
  }
}

/** The last of a transaction; one text. */
interface Ending {
  name: string;
  text: string;
}

/** Lets errors through, except those with such a code. */
const unless = (codes: RegExp) => (error: DatabaseError) => {
  if (!codes.test(error.code ?? '')) throw error;
};

/** Whether it calls a procedure, which answers with its rows and, behind them, with its own result. */
const isCall = ({ text }: Statement): boolean => text.startsWith('CALL ');

function typeOf(statement: Statement, at: number): ValueType {
  const type = statement.parameters[at];
  if (type.kind === 'list') assert(false, `${statement.name}: MySQL has no lists as parameters`);
  return type;
}

const textOf = ({ statement, parameters }: Call): string =>
  statement.text.replace(/\$(\d+)/g, (_, number) => {
    const at = Number(number) - 1;
    return literal(parameters[at], typeOf(statement, at));
  });

/** @param result rows, or what a statement without any has changed */
function resultOf(statement: Statement, result: unknown): StatementResult {
  if (!Array.isArray(result)) return { rows: [], affectedRows: (result as { affectedRows: number }).affectedRows };
  const { columns } = statement;
  const rows = (result as RawRow[]).map((row) => row.map((value, i) => decodeValue(value, columns[i])));
  return { rows, affectedRows: rows.length };
}
