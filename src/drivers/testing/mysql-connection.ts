/**
 * A connection to MySQL or MariaDB that is enough for tests of statements: queries, rows in bulk, transactions. It is no
 * driver: no prepared statements, no two-phase commit, no classified errors.
 */
import mysql from 'mysql2/promise';
import { assert } from '../../assert.ts';
import type {
  BulkRows,
  Call,
  Connection,
  Parameter,
  Row,
  ServerFacts,
  Statement,
  StatementResult,
  Value,
  ValueType,
} from '../contract.ts';
import { decimalText, parseDecimal } from '../decimal-text.ts';

export async function connectMysql(url: string): Promise<Connection> {
  const connection = await mysql.createConnection({ uri: url, multipleStatements: true, timezone: 'Z' });
  await connection.query("SET SESSION time_zone = '+00:00'");
  return new MysqlTestConnection(connection);
}

function literal(value: Value, type: ValueType): string {
  if (value === null) return 'NULL';
  if (type.kind === 'text') return mysql.escape(String(value));
  assert(typeof value === 'number', 'a number is expected');
  if (type.kind === 'decimal') return decimalText(value, type.digits);
  if (type.kind === 'integer') return String(value);
  return `'${new Date(value).toISOString().replace('T', ' ').replace('Z', '')}'`;
}

function decode(text: string | null, type: ValueType): Value {
  if (text === null || type.kind === 'text') return text;
  if (type.kind === 'decimal') return parseDecimal(text, type.digits);
  return type.kind === 'integer' ? Number(text) : Date.parse(`${text.replace(' ', 'T')}Z`);
}

class MysqlTestConnection implements Connection {
  private readonly connection: mysql.Connection;
  private begun = false;

  constructor(connection: mysql.Connection) {
    this.connection = connection;
  }

  begin(): void {
    this.begun = true;
  }

  async execute(statement: Statement, parameters: readonly Parameter[]): Promise<StatementResult> {
    await this.beginNow();
    const sql = statement.text.replace(/\$(\d+)/g, (_, number) => {
      const at = Number(number) - 1;
      return literal(parameters[at] as Value, statement.parameters[at] as ValueType);
    });
    const [result] = await this.connection.query<mysql.RowDataPacket[] | mysql.ResultSetHeader>({
      sql,
      rowsAsArray: true,
      typeCast: (field) => field.string(),
    });
    if (!Array.isArray(result)) return { rows: [], affectedRows: result.affectedRows };
    const rows = result.map(
      (row): Row => (row as unknown as (string | null)[]).map((text, i) => decode(text, statement.columns[i])),
    );
    return { rows, affectedRows: rows.length };
  }

  async executeAll(calls: readonly Call[]): Promise<readonly StatementResult[]> {
    const results: StatementResult[] = [];
    for (const { statement, parameters } of calls) results.push(await this.execute(statement, parameters));
    return results;
  }

  async commit(last: readonly Call[] = []): Promise<readonly StatementResult[]> {
    const results = await this.executeAll(last);
    this.begun = false;
    await this.connection.query('COMMIT');
    return results;
  }

  async rollback(): Promise<void> {
    this.begun = false;
    await this.connection.query('ROLLBACK');
  }

  async run(_name: string, text: string): Promise<void> {
    await this.beginNow();
    await this.connection.query(text);
  }

  async bulkInsert({ table, rowCount, columns }: BulkRows): Promise<void> {
    const names = columns.map(({ name }) => name).join(', ');
    for (let from = 0; from < rowCount; from += 1000) {
      const rows: string[] = [];
      for (let row = from; row < Math.min(rowCount, from + 1000); row++) {
        rows.push(`(${columns.map(({ type, values }) => literal(values[row], type)).join(', ')})`);
      }
      await this.run('insert', `INSERT INTO ${table} (${names}) VALUES ${rows.join(', ')}`);
    }
  }

  async close(): Promise<void> {
    await this.connection.end();
  }

  prepare = unsupported;
  commitPrepared = unsupported;
  rollbackPrepared = unsupported;
  listPrepared = unsupported;
  mostPrepared = unsupported;
  hasTable = unsupported;
  facts = unsupported as () => Promise<ServerFacts>;

  private async beginNow(): Promise<void> {
    if (!this.begun) return;
    this.begun = false;
    await this.connection.query('START TRANSACTION');
  }
}

const unsupported = (): Promise<never> => Promise.reject(new Error('a test connection cannot do that'));
