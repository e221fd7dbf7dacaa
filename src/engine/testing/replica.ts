/**
 * Replays write sets: what a log's reader or a checker can do with a transaction that is about to commit, given its write
 * set and the tables, and nothing else.
 */
import type { Table } from '../table.ts';
import type { WriteSet } from '../write-set.ts';
import { WRITE_DELETE, WRITE_INSERT, WRITE_INT32, WRITE_INTEGER, WRITE_TEXT } from '../write-tag.ts';
import { plainValueOf, rowOf } from './compare.ts';
import type { PlainRow, PlainValue } from './plain-model.ts';

export class Replica {
  /** Rows by table and slot. */
  readonly rows: Map<number, PlainRow>[];
  private readonly tables: readonly Table[];

  constructor(tables: readonly Table[]) {
    this.tables = tables;
    this.rows = tables.map(() => new Map());
  }

  /**
   * Applies a write set before the commit clears it; what was written is read from the tables.
   * @returns what the entries say was there before, where that differs from the replica's own state; empty when all agree
   */
  apply(writeSet: WriteSet): string[] {
    const faults = this.compareOldValues(writeSet);
    for (let entry = 0; entry < writeSet.length; entry++) {
      const table = this.tables[writeSet.table(entry)];
      const slot = writeSet.row(entry);
      const rows = this.rows[table.id];
      switch (writeSet.kind(entry)) {
        case WRITE_INSERT:
          rows.set(slot, rowOf(table, slot));
          break;
        case WRITE_DELETE:
          rows.delete(slot);
          break;
        default:
          this.rowAt(table, slot)[writeSet.column(entry)] = plainValueOf(table, slot, writeSet.column(entry));
      }
    }
    return faults;
  }

  /** The first write to a cell of a row that was there before names the value that the replica still has. */
  private compareOldValues(writeSet: WriteSet): string[] {
    const faults: string[] = [];
    const seen = new Set<string>();
    for (let entry = 0; entry < writeSet.length; entry++) {
      const kind = writeSet.kind(entry);
      const table = this.tables[writeSet.table(entry)];
      const slot = writeSet.row(entry);
      if (kind === WRITE_INSERT) seen.add(`${table.id} ${slot}`);
      if (kind === WRITE_INSERT || kind === WRITE_DELETE || seen.has(`${table.id} ${slot}`)) continue;
      const columnId = writeSet.column(entry);
      const cell = `${table.id} ${slot} ${columnId}`;
      if (seen.has(cell)) continue;
      seen.add(cell);
      const expected = this.rowAt(table, slot)[columnId];
      const actual = oldValue(writeSet, entry, table);
      if (actual !== expected) faults.push(`${table.name} ${slot}.${columnId}: ${actual}, expected ${expected}`);
    }
    return faults;
  }

  private rowAt(table: Table, slot: number): PlainRow {
    const row = this.rows[table.id].get(slot);
    if (row === undefined) throw new Error(`${table.name}: a write to row ${slot}, which is not there`);
    return row;
  }
}

/** The value that an entry keeps for the undo. */
function oldValue(writeSet: WriteSet, entry: number, table: Table): PlainValue {
  const column = table.layout.columns[writeSet.column(entry)];
  const kind = writeSet.kind(entry);
  if (column.kind === 'text') {
    if (kind !== WRITE_TEXT) throw new Error(`entry ${entry} of kind ${kind} is for text`);
    const kept = new Uint8Array(column.lengthBytes + column.sizeBytes);
    writeSet.restoreText(entry, kept, 0);
    const [low = 0, high = 0] = kept.subarray(0, column.lengthBytes);
    const length = column.variable ? low + high * 256 : column.sizeBytes;
    return Buffer.from(kept.subarray(column.lengthBytes, column.lengthBytes + length)).toString('latin1');
  }
  if (kind !== (column.kind === 'int32' ? WRITE_INT32 : WRITE_INTEGER)) throw new Error(`entry ${entry}: kind ${kind}`);
  const old = writeSet.oldNumber(entry);
  return column.nullable && old === (column.kind === 'int32' ? -(2 ** 31) : -(2 ** 53)) ? null : old;
}
