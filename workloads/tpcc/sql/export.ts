/** The tables of a database as CSV lines, as the embedded engine's export has them: the same rows give the same lines. */
import { type Connection, INTEGER, type Statement } from '../../../src/drivers/contract.ts';
import { exportField } from '../export.ts';
import { SQL_TABLES, type SqlTable } from './tables.ts';

/** Some thousand lines of one table; a table's pieces follow each other. */
export interface ExportedLines {
  /** The specification's names. */
  table: string;
  columns: string[];
  /** Each ended by CR LF; empty for a table without rows. */
  lines: string;
}

/** Tables that grow with the warehouses are read a piece at a time: the columns that name one. Others are read at once. */
const PIECES: Readonly<Record<string, readonly string[]>> = {
  stock: ['s_w_id'],
  history: ['h_w_id'],
  customer: ['c_w_id', 'c_d_id'],
  orders: ['o_w_id', 'o_d_id'],
  new_order: ['no_w_id', 'no_d_id'],
  order_line: ['ol_w_id', 'ol_d_id'],
};

interface TableReader {
  table: SqlTable;
  /** Lists the pieces; null for a table that is read at once. */
  pieces: Statement | null;
  rows: Statement;
}

const READERS: readonly TableReader[] = SQL_TABLES.map((table) => {
  const { name, columns, primaryKey } = table;
  const piece = PIECES[name] ?? [];
  const where = piece.length === 0 ? '' : ` WHERE ${piece.map((column, i) => `${column} = $${i + 1}`).join(' AND ')}`;
  const order = primaryKey.length === 0 ? '' : ` ORDER BY ${primaryKey.join(', ')}`;
  const integers = piece.map(() => INTEGER);
  const keys = piece.join(', ');
  return {
    table,
    pieces:
      piece.length === 0
        ? null
        : {
            name: `export: pieces of ${name}`,
            text: `SELECT ${keys} FROM ${name} GROUP BY ${keys} ORDER BY ${keys}`,
            parameters: [],
            columns: integers,
            isOnce: true,
          },
    rows: {
      name: `export: ${name}`,
      text: `SELECT ${columns.map((column) => column.name).join(', ')} FROM ${name}${where}${order}`,
      parameters: integers,
      columns: columns.map(({ type }) => type),
    },
  };
});

/** Every table; rows by their key, HISTORY in whatever order the database has them. */
export async function* exportDatabase(connection: Connection): AsyncGenerator<ExportedLines> {
  for (const { table, pieces, rows } of READERS) {
    const columns = table.columns.map(({ title }) => title);
    const keys = pieces === null ? [[]] : (await connection.execute(pieces, [])).rows;
    if (keys.length === 0) yield { table: table.title, columns, lines: '' };
    for (const key of keys) {
      const result = await connection.execute(rows, key);
      const lines = result.rows.map(
        (row) => `${row.map((value, column) => exportField(columns[column], value)).join(',')}\r\n`,
      );
      yield { table: table.title, columns, lines: lines.join('') };
    }
  }
}
