/**
 * The engine's model for tests: Maps of arrays, and an undo that is a list of closures. Shares no code with the engine
 * but the definitions of tables.
 */
import type { TableDefinition } from '../schema.ts';

/** Text is one character a byte. */
export type PlainValue = number | string | null;
export type PlainRow = PlainValue[];

export class PlainTable {
  readonly definition: TableDefinition;
  /** Live rows by slot; values in the order of the column ids. */
  readonly rows = new Map<number, PlainRow>();
  private readonly columnNames: readonly string[];
  /** Slots by key, for each unique index. */
  private readonly uniques = new Map<string, Map<string, number>>();

  constructor(definition: TableDefinition) {
    this.definition = definition;
    this.columnNames = Object.keys(definition.columns);
    for (const [name, index] of Object.entries(definition.indexes)) {
      if (index.kind !== 'ordered' || index.unique) this.uniques.set(name, new Map());
    }
  }

  /** Values of the key's columns, in the order of the parts. */
  keyParts(index: string, row: PlainRow): number[] {
    return this.definition.indexes[index].key.map((part) => row[this.columnNames.indexOf(part.column)] as number);
  }

  /** Names of the unique indexes that have a key of `row` already. */
  clashingIndexes(row: PlainRow): string[] {
    const names: string[] = [];
    for (const [index, slots] of this.uniques) if (slots.has(this.keyParts(index, row).join())) names.push(index);
    return names;
  }

  clashes(row: PlainRow): boolean {
    return this.clashingIndexes(row).length > 0;
  }

  add(slot: number, row: PlainRow): void {
    this.rows.set(slot, row);
    for (const [index, slots] of this.uniques) slots.set(this.keyParts(index, row).join(), slot);
  }

  take(slot: number): PlainRow {
    const row = this.rows.get(slot);
    if (row === undefined) throw new Error(`${this.definition.name} has no row ${slot}`);
    this.rows.delete(slot);
    for (const [index, slots] of this.uniques) slots.delete(this.keyParts(index, row).join());
    return row;
  }
}

export class PlainPartition {
  readonly tables: PlainTable[];
  private readonly undo: (() => void)[] = [];

  constructor(definitions: readonly TableDefinition[]) {
    this.tables = definitions.map((definition) => new PlainTable(definition));
  }

  /** @returns false, and changes nothing, when a unique key is taken */
  insert(table: number, slot: number, row: PlainRow): boolean {
    const target = this.tables[table];
    if (target.clashes(row)) return false;
    target.add(slot, [...row]);
    this.undo.push(() => target.take(slot));
    return true;
  }

  set(table: number, slot: number, column: number, value: PlainValue): void {
    const row = this.tables[table].rows.get(slot);
    if (row === undefined) throw new Error(`table ${table} has no row ${slot}`);
    const old = row[column];
    row[column] = value;
    this.undo.push(() => {
      row[column] = old;
    });
  }

  delete(table: number, slot: number): void {
    const target = this.tables[table];
    const row = target.take(slot);
    this.undo.push(() => target.add(slot, row));
  }

  commit(): void {
    this.undo.length = 0;
  }

  abort(): void {
    for (let step = this.undo.pop(); step !== undefined; step = this.undo.pop()) step();
  }
}
