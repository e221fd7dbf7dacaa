/**
 * Where a population goes, row by row: into a partition's tables here, into a database's bulk load elsewhere. A generator
 * that writes to a sink gives the same rows everywhere.
 */
import { assert } from '../assert.ts';
import type { Partition } from './partition.ts';
import type { TextColumn } from './row-layout.ts';
import { NULL_INT32, NULL_INTEGER } from './row-layout.ts';
import type { TableDefinition } from './schema.ts';
import type { Table } from './table.ts';
import type { Transaction } from './transaction.ts';

/** Takes one row at a time: begin, every column once (by id, in any order), end. */
export interface RowSink {
  /** @param table id in the order in which the workload defines its tables */
  begin(table: number): void;
  number(column: number, value: number): void;
  null(column: number): void;
  /** Text, as `length` bytes of `source` from `start`; the sink copies them. */
  text(column: number, source: Uint8Array, start: number, length: number): void;
  end(): void;
}

/** Ids of a definition's columns by name. */
export function columnIds<T extends TableDefinition>(definition: T): Record<keyof T['columns'], number> {
  const names = Object.keys(definition.columns);
  return Object.fromEntries(names.map((name, id) => [name, id])) as Record<keyof T['columns'], number>;
}

/** Loads a partition. Each row is a transaction of its own. */
export class PartitionRowSink implements RowSink {
  /** Rows stored so far. */
  rows = 0;
  private readonly tables: readonly Table[];
  private readonly transaction: Transaction;
  private table: Table;
  private row = -1;

  constructor(partition: Partition) {
    assert(partition.tables.length > 0, 'the partition has no tables');
    this.tables = partition.tables;
    this.table = partition.tables[0];
    this.transaction = partition.newTransaction();
  }

  begin(table: number): void {
    this.table = this.tables[table];
    this.row = this.table.allocate();
  }

  number(column: number, value: number): void {
    const target = this.table.layout.columns[column];
    if (target.kind === 'int32') this.table.putInt32(this.row, target, value);
    else {
      if (target.kind !== 'integer') assert(false, `${this.table.name}.${target.name} takes no number`);
      this.table.putInteger(this.row, target, value);
    }
  }

  null(column: number): void {
    const target = this.table.layout.columns[column];
    if (target.kind === 'text' || !target.nullable) assert(false, `${this.table.name}.${target.name} takes no null`);
    this.number(column, target.kind === 'int32' ? NULL_INT32 : NULL_INTEGER);
  }

  text(column: number, source: Uint8Array, start: number, length: number): void {
    this.table.putText(this.row, this.table.layout.columns[column] as TextColumn, source, start, length);
  }

  end(): void {
    const inserted = this.transaction.insert(this.table, this.row);
    assert(inserted, `${this.table.name}: a loaded row has the key of another`);
    this.transaction.commit();
    this.rows++;
  }
}
