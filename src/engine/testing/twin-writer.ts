/** Does the same random writes to a partition of the engine and to the plain model. */
import type { Partition } from '../partition.ts';
import { type Int32Column, NULL_INT32, NULL_INTEGER } from '../row-layout.ts';
import type { ColumnDefinition } from '../schema.ts';
import type { Table } from '../table.ts';
import type { Transaction } from '../transaction.ts';
import type { PlainPartition, PlainRow, PlainTable, PlainValue } from './plain-model.ts';
import { Random } from './random.ts';
import { keyRange } from './schemas.ts';

/** Relative frequencies of the random operations. */
export interface Weights {
  insert: number;
  set: number;
  delete: number;
}

const INT32_EXTREMES = [-0x7fffffff, -1, 0, 1, 0x7fffffff];
const INTEGER_EXTREMES = [-(2 ** 53 - 1), -(2 ** 31) - 1, -1, 0, 1, 2 ** 31, 2 ** 53 - 1];

/** Random bytes, of which every text is a piece. */
const TEXTS = Buffer.from(bytesOf(new Random(0), 100_000)).toString('latin1');

function bytesOf(random: Random, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, () => random.integer(0, 255));
}

export class TwinWriter {
  readonly partition: Partition;
  readonly plain: PlainPartition;
  readonly transaction: Transaction;
  /** Refused inserts by the names of the indexes that had a key of the row, joined by `+`. */
  readonly refusals = new Map<string, number>();
  private readonly random: Random;
  private readonly weights: Weights;
  /** Slots of rows that the open transaction deleted, by table: not to be given out before the commit. */
  private readonly deletedSlots: Set<number>[];
  private readonly liveSlots: number[][];
  private int32Writes = 0;

  /** @param partition its tables exist and are empty */
  constructor(partition: Partition, plain: PlainPartition, random: Random, weights: Weights) {
    this.partition = partition;
    this.plain = plain;
    this.random = random;
    this.weights = weights;
    this.transaction = partition.newTransaction();
    this.deletedSlots = plain.tables.map(() => new Set());
    this.liveSlots = plain.tables.map(() => []);
  }

  /**
   * One random operation. Throws what the engine throws, with the model unchanged.
   * @param tableId the table to write to; a random one unless told
   */
  step(tableId: number = this.random.integer(0, this.plain.tables.length - 1)): void {
    const { insert, set } = this.weights;
    const draw = this.random.uniform() * (insert + set + this.weights.delete);
    const slot = this.randomSlot(tableId);
    if (slot < 0 || draw < insert) this.insert(tableId, this.randomRow(this.plain.tables[tableId]));
    else if (draw < insert + set) this.setRandom(tableId, slot);
    else this.delete(tableId, slot);
  }

  commit(): void {
    this.transaction.commit();
    this.plain.commit();
    for (const slots of this.deletedSlots) slots.clear();
  }

  abort(): void {
    this.transaction.abort();
    this.plain.abort();
    for (const slots of this.deletedSlots) slots.clear();
    this.plain.tables.forEach((table, id) => {
      this.liveSlots[id] = [...table.rows.keys()];
    });
  }

  /** A slot of a live row, or -1. */
  randomSlot(tableId: number): number {
    const slots = this.liveSlots[tableId];
    const { rows } = this.plain.tables[tableId];
    while (slots.length > 0) {
      const at = this.random.integer(0, slots.length - 1);
      if (rows.has(slots[at])) return slots[at];
      slots[at] = slots[slots.length - 1];
      slots.pop();
    }
    return -1;
  }

  randomRow(plain: PlainTable): PlainRow {
    return Object.entries(plain.definition.columns).map(([name, column]) =>
      this.randomValue(column, keyRange(plain.definition, name)),
    );
  }

  randomValue(column: ColumnDefinition, range: number): PlainValue {
    const { random } = this;
    if (column.kind === 'fixedText') return this.randomText(column.sizeBytes);
    if (column.kind === 'variableText') {
      const { sizeBytes } = column;
      return this.randomText(random.pick([0, 1, sizeBytes, random.integer(0, Math.min(sizeBytes, 60))]));
    }
    if (Number.isFinite(range)) return random.integer(0, range - 1);
    if (column.nullable === true && random.chance(0.2)) return null;
    if (column.kind === 'int32') return random.chance(0.2) ? random.pick(INT32_EXTREMES) : random.integer(-999, 999);
    return random.chance(0.2) ? random.pick(INTEGER_EXTREMES) : random.integer(-1e12, 1e12);
  }

  /** @returns whether the engine took it; the model agrees or this throws */
  insert(tableId: number, row: PlainRow): boolean {
    const table = this.partition.tables[tableId];
    const slot = table.allocate();
    if (table.isLive(slot)) throw new Error(`${table.name}: slot ${slot} is given out and live`);
    if (this.deletedSlots[tableId].has(slot)) throw new Error(`${table.name}: slot ${slot} is reused too early`);
    row.forEach((value, columnId) => {
      putValue(table, slot, columnId, value);
    });
    const taken = this.transaction.insert(table, slot);
    const clashing = this.plain.tables[tableId].clashingIndexes(row).join('+');
    if (this.plain.insert(tableId, slot, row) !== taken)
      throw new Error(`${table.name}: insert of ${row} gave ${taken}`);
    if (taken) this.liveSlots[tableId].push(slot);
    else this.refusals.set(clashing, (this.refusals.get(clashing) ?? 0) + 1);
    return taken;
  }

  set(tableId: number, slot: number, columnId: number, value: PlainValue): void {
    const table = this.partition.tables[tableId];
    const column = table.layout.columns[columnId];
    if (column.kind === 'text') {
      const { bytes, start, length } = surrounded(String(value));
      this.transaction.setText(table, slot, column, bytes, start, length);
    } else if (column.kind === 'int32') {
      if (column.keyed) throw new Error(`${table.name}.${column.name} is part of a key`);
      this.setInt32(table, slot, column, numberOf(value, NULL_INT32));
    } else this.transaction.setInteger(table, slot, column, numberOf(value, NULL_INTEGER));
    this.plain.set(tableId, slot, columnId, value);
  }

  delete(tableId: number, slot: number): void {
    this.transaction.delete(this.partition.tables[tableId], slot);
    this.plain.delete(tableId, slot);
    this.deletedSlots[tableId].add(slot);
  }

  /** Both ways to set an int32, in turn. */
  private setInt32(table: Table, slot: number, column: Int32Column, value: number): void {
    if (this.int32Writes++ % 2 === 0) this.transaction.setInt32(table, slot, column, value);
    else this.transaction.setInt32At(table, slot, column, table.int32sOf(slot), table.int32Base(slot), value);
  }

  private setRandom(tableId: number, slot: number): void {
    const plain = this.plain.tables[tableId];
    const columns = Object.values(plain.definition.columns);
    const free = this.partition.tables[tableId].layout.columns.filter((one) => one.kind !== 'int32' || !one.keyed);
    if (free.length === 0) return;
    const { id } = this.random.pick(free);
    this.set(tableId, slot, id, this.randomValue(columns[id], Number.POSITIVE_INFINITY));
  }

  private randomText(length: number): string {
    const start = this.random.integer(0, TEXTS.length - length);
    return TEXTS.slice(start, start + length);
  }
}

const numberOf = (value: PlainValue, nullValue: number): number => (value === null ? nullValue : (value as number));

/** Text in the middle of other bytes, as callers pass it. */
function surrounded(text: string): { bytes: Uint8Array; start: number; length: number } {
  return { bytes: Buffer.from(`<<${text}>`, 'latin1'), start: 2, length: text.length };
}

/** Writes a value to a row that is not live yet. */
export function putValue(table: Table, slot: number, columnId: number, value: PlainValue): void {
  const column = table.layout.columns[columnId];
  if (column.kind === 'text') {
    const { bytes, start, length } = surrounded(String(value));
    table.putText(slot, column, bytes, start, length);
  } else if (column.kind === 'int32') table.putInt32(slot, column, numberOf(value, NULL_INT32));
  else table.putInteger(slot, column, numberOf(value, NULL_INTEGER));
}
