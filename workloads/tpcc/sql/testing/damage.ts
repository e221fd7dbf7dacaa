/**
 * The same damage to a partition of the embedded engine and to a database: what the checks find must be the same. Rows of
 * the engine are the source of both, and rows are named by their values.
 */

import type { BulkRows, Value } from '../../../../src/drivers/contract.ts';
import { type Connection, INTEGER, type Statement, type ValueType } from '../../../../src/drivers/contract.ts';
import type { Partition } from '../../../../src/engine/partition.ts';
import { NULL_INT32, NULL_INTEGER } from '../../../../src/engine/row-layout.ts';
import type { Table } from '../../../../src/engine/table.ts';
import type { Transaction } from '../../../../src/engine/transaction.ts';
import { liveRows, type PlainRow, readRow } from '../../testing/database.ts';
import { SQL_TABLES, type SqlTable } from '../tables.ts';

/** One change of rows, by the specification's names of tables and columns. */
export type Damage =
  | { kind: 'set'; table: string; where: PlainRow; values: Record<string, number | null> }
  | { kind: 'insert'; table: string; row: PlainRow }
  | { kind: 'delete'; table: string; where: PlainRow };

const tableTitled = (title: string): SqlTable => SQL_TABLES.find((table) => table.title === title) as SqlTable;

/** The live rows of a partition, as a load would bring them: of all its warehouses, or of one. */
export function* rowsOf(partition: Partition, warehouseId: number | null): Generator<BulkRows> {
  for (const { name, title, columns, warehouseColumn } of SQL_TABLES) {
    const table = partition.table(title);
    const home = warehouseColumn?.toUpperCase() ?? null;
    const rows = liveRows(table)
      .map((row) => readRow(table, row))
      .filter((row) => warehouseId === null || home === null || row[home] === warehouseId);
    yield {
      table: name,
      rowCount: rows.length,
      columns: columns.map((column) => ({
        name: column.name,
        type: column.type,
        values: rows.map((row) => row[column.title] as Value),
      })),
    };
  }
}

function matching(table: Table, where: PlainRow): number[] {
  const wanted = Object.entries(where).map(([name, value]) => ({ column: table.column(name), value }));
  return liveRows(table).filter((row) => wanted.every(({ column, value }) => table.read(row, column) === value));
}

/** Within a transaction of the engine, which undoes it. @returns number of rows it changed */
export function damagePartition(partition: Partition, transaction: Transaction, damage: Damage): number {
  const table = partition.table(damage.table);
  if (damage.kind === 'insert') {
    insertRow(table, transaction, damage.row);
    return 1;
  }
  const rows = matching(table, damage.where);
  for (const row of rows) {
    if (damage.kind === 'delete') transaction.delete(table, row);
    else setValues(table, transaction, row, damage.values);
  }
  return rows.length;
}

function setValues(
  table: Table,
  transaction: Transaction,
  row: number,
  values: Readonly<Record<string, number | null>>,
): void {
  for (const [name, value] of Object.entries(values)) {
    const column = table.column(name);
    if (column.kind === 'int32' && !column.keyed) transaction.setInt32(table, row, column, value ?? NULL_INT32);
    else if (column.kind === 'integer') transaction.setInteger(table, row, column, value ?? NULL_INTEGER);
    else throw new Error(`tests do not change ${name}`);
  }
}

function insertRow(table: Table, transaction: Transaction, values: PlainRow): void {
  const row = table.allocate();
  for (const column of table.layout.columns) {
    const value = values[column.name] ?? null;
    if (column.kind === 'int32') table.putInt32(row, column, (value ?? NULL_INT32) as number);
    else if (column.kind === 'integer') table.putInteger(row, column, (value ?? NULL_INTEGER) as number);
    else {
      const bytes = new TextEncoder().encode(String(value ?? '').padEnd(column.variable ? 0 : column.sizeBytes));
      table.putText(row, column, bytes, 0, bytes.length);
    }
  }
  if (!transaction.insert(table, row)) throw new Error(`${table.name} has that row`);
}

/** Warehouse of the rows that the damage is to. */
export function warehouseOf(damage: Damage): number {
  const column = tableTitled(damage.table).warehouseColumn?.toUpperCase() ?? '';
  return Number((damage.kind === 'insert' ? damage.row : damage.where)[column]);
}

/** Within an open transaction of the connection, which undoes it. @returns number of rows it changed */
export async function damageDatabase(connection: Connection, damage: Damage): Promise<number> {
  const { name, columns } = tableTitled(damage.table);
  if (damage.kind === 'insert') {
    const values = columns.map((column) => damage.row[column.title] ?? null);
    const bulk = columns.map((column, i) => ({ name: column.name, type: column.type, values: [values[i]] }));
    await connection.bulkInsert({ table: name, rowCount: 1, columns: bulk });
    return 1;
  }
  const parameters: Value[] = [];
  const types: ValueType[] = [];
  const equal = (row: PlainRow): string[] =>
    Object.entries(row).map(([title, value]) => {
      const column = columns.find((candidate) => candidate.title === title);
      parameters.push(value);
      types.push(column?.type ?? INTEGER);
      return `${column?.name} = $${parameters.length}`;
    });
  const set = damage.kind === 'set' ? ` SET ${equal(damage.values).join(', ')}` : '';
  const conditions = equal(damage.where);
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  const verb = damage.kind === 'set' ? `UPDATE ${name}` : `DELETE FROM ${name}`;
  const statement: Statement = { name: verb, text: verb + set + where, parameters: types, columns: [], isOnce: true };
  return (await connection.execute(statement, parameters)).affectedRows;
}
