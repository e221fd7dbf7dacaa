/**
 * Where each column of a row lies. Rows have a fixed stride, a multiple of 8 bytes, in chunks that are seen through three
 * views (bytes, int32, float64); offsets are counted in elements of the view that reads the column.
 *
 *   | integer columns (8 bytes each) | int32 columns (4 each) | text: fixed as it is, variable behind its length |
 *
 * Numbers come first so that the columns most transactions touch share a cache line.
 */
import { assert } from '../assert.ts';
import type { ColumnDefinition, TableDefinition } from './schema.ts';
import { WRITE_INT32, WRITE_INTEGER, WRITE_TEXT, writeTag } from './write-tag.ts';

/** Null in an int32 slot; outside the values a column may hold. */
export const NULL_INT32 = -0x80000000;
/** Null in an integer slot; outside the values a column may hold. */
export const NULL_INTEGER = -(2 ** 53);

export interface Int32Column {
  readonly kind: 'int32';
  readonly name: string;
  readonly id: number;
  readonly nullable: boolean;
  /** In int32 elements from the start of the row. */
  readonly offset: number;
  readonly keyed: false;
  /** Of `writeTag`: what the write-set entries of this column start with. */
  readonly writeTag: number;
}

/** An int32 column that is part of an index key: fixed for the life of the row, so no transaction sets it. */
export interface KeyColumn {
  readonly kind: 'int32';
  readonly name: string;
  readonly id: number;
  readonly nullable: false;
  /** In int32 elements from the start of the row. */
  readonly offset: number;
  readonly keyed: true;
  /** Means nothing: it gives both kinds of int32 columns one object shape. */
  readonly writeTag: number;
}

export interface IntegerColumn {
  readonly kind: 'integer';
  readonly name: string;
  readonly id: number;
  readonly nullable: boolean;
  /** In float64 elements from the start of the row. */
  readonly offset: number;
  /** Of `writeTag`: what the write-set entries of this column start with. */
  readonly writeTag: number;
}

export interface TextColumn {
  readonly kind: 'text';
  readonly name: string;
  readonly id: number;
  readonly variable: boolean;
  /** Longest text in bytes; the only length where the text is fixed. */
  readonly sizeBytes: number;
  /** Bytes of the length in front of variable text: 0, 1 or 2 (little endian). */
  readonly lengthBytes: number;
  /** In bytes from the start of the row, to the length where there is one. */
  readonly offset: number;
  /** Of `writeTag`: what the write-set entries of this column start with. */
  readonly writeTag: number;
}

export type Column = Int32Column | KeyColumn | IntegerColumn | TextColumn;

export interface RowLayout {
  readonly columns: readonly Column[];
  readonly strideBytes: number;
}

const alignUp = (value: number, to: number): number => Math.ceil(value / to) * to;

/** Places the columns of `table`. Fixed text whose size is a multiple of 4 starts on one, so that it can be copied by words. */
export function layoutRow(table: TableDefinition, tableId: number): RowLayout {
  const names = Object.keys(table.columns);
  const columns: Column[] = new Array(names.length);
  const keyed = new Set(Object.values(table.indexes).flatMap((index) => index.key.map((part) => part.column)));
  let at = 0;

  const place = (kinds: readonly string[], add: (name: string, id: number, definition: ColumnDefinition) => void) => {
    names.forEach((name, id) => {
      const definition = table.columns[name] as ColumnDefinition;
      if (kinds.includes(definition.kind)) add(name, id, definition);
    });
  };

  place(['integer'], (name, id, definition) => {
    const nullable = definition.kind === 'integer' && definition.nullable === true;
    columns[id] = {
      kind: 'integer',
      name,
      id,
      nullable,
      offset: at / 8,
      writeTag: writeTag(WRITE_INTEGER, tableId, id),
    };
    at += 8;
  });
  place(['int32'], (name, id, definition) => {
    const nullable = definition.kind === 'int32' && definition.nullable === true;
    assert(!(nullable && keyed.has(name)), `${table.name}.${name}: a key column cannot be nullable`);
    columns[id] = {
      kind: 'int32',
      name,
      id,
      nullable,
      offset: at / 4,
      keyed: keyed.has(name),
      writeTag: writeTag(WRITE_INT32, tableId, id),
    } as Int32Column | KeyColumn;
    at += 4;
  });
  place(['fixedText', 'variableText'], (name, id, definition) => {
    assert(definition.kind === 'fixedText' || definition.kind === 'variableText', 'a text column');
    const { sizeBytes } = definition;
    assert(sizeBytes >= 1 && sizeBytes <= 0xffff, `${table.name}.${name}: text of ${sizeBytes} bytes`);
    const variable = definition.kind === 'variableText';
    if (!variable && sizeBytes % 4 === 0) at = alignUp(at, 4);
    const lengthBytes = variable ? (sizeBytes > 0xff ? 2 : 1) : 0;
    columns[id] = {
      kind: 'text',
      name,
      id,
      variable,
      sizeBytes,
      lengthBytes,
      offset: at,
      writeTag: writeTag(WRITE_TEXT, tableId, id),
    };
    at += lengthBytes + sizeBytes;
  });

  assert(at > 0, `${table.name} has no columns`);
  for (const name of keyed) assert(table.columns[name]?.kind === 'int32', `${table.name}.${name}: keys are int32`);
  return { columns, strideBytes: Math.max(8, alignUp(at, 8)) };
}
