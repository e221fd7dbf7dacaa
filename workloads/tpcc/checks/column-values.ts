/** How the checks read columns and show what they read. */
import { type Int32Column, type IntegerColumn, NULL_INT32, NULL_INTEGER } from '../../../src/engine/row-layout.ts';
import type { Table } from '../../../src/engine/table.ts';

/** A null reads as NaN: a sum keeps it and no comparison accepts it, so that it cannot make a check pass. */
export function int32At(table: Table, row: number, column: Int32Column): number {
  const value = table.getInt32(row, column);
  return value === NULL_INT32 ? Number.NaN : value;
}

/** A null reads as NaN, as with `int32At`. */
export function integerAt(table: Table, row: number, column: IntegerColumn): number {
  const value = table.getInteger(row, column);
  return value === NULL_INTEGER ? Number.NaN : value;
}

/** Cents as an amount; null for NaN. */
export function shownCents(cents: number): string {
  if (Number.isNaN(cents)) return 'null';
  const digits = String(Math.abs(cents)).padStart(3, '0');
  return `${cents < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** A whole number; null for NaN and for the engine's null. */
export function shownNumber(value: number): string {
  return Number.isNaN(value) || value === NULL_INT32 ? 'null' : String(value);
}

/** An instant; null for the engine's null, and the number where it is no instant. */
export function shownInstant(ms: number): string {
  if (ms === NULL_INTEGER) return 'null';
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}
