/** Damage at random: values that change or vanish, rows too few and rows too many, in every table. */
import { Random } from '../../../../src/engine/testing/random.ts';
import { type Database, liveRows, type PlainRow, readRow } from '../../testing/database.ts';
import { SQL_TABLES, type SqlTable } from '../tables.ts';
import type { Damage } from './damage.ts';

/** One to three changes each, of different tables, so that none meets what another has changed. */
export function* randomDamages(whole: Database, count: number, seed = 1): Generator<Damage[]> {
  const random = new Random(seed);
  for (let i = 0; i < count; i++) {
    const tables = new Set(Array.from({ length: random.integer(1, 3) }, () => random.pick(SQL_TABLES)));
    yield [...tables].map((table) => randomDamage(whole, table, random));
  }
}

function randomDamage(whole: Database, { title, columns, primaryKey }: SqlTable, random: Random): Damage {
  const table = whole.partition.table(title);
  const row = readRow(table, random.pick(liveRows(table)));
  const key = columns.filter(({ name }) => primaryKey.length === 0 || primaryKey.includes(name));
  const where: PlainRow = Object.fromEntries(key.map((column) => [column.title, row[column.title] as number]));
  const changeable = columns.filter((column) => {
    const { kind, keyed } = table.column(column.title) as { kind: string; keyed?: boolean };
    return kind !== 'text' && keyed !== true;
  });
  if (changeable.length === 0 || random.chance(0.25)) return { kind: 'delete', table: title, where };
  if (title === 'HISTORY' && random.chance(0.3)) return { kind: 'insert', table: title, row };
  const column = random.pick(changeable).title;
  const by = random.pick([-5, -1, 1, 5]);
  const value = random.chance(0.3) ? null : Number(row[column]) + by;
  return { kind: 'set', table: title, where, values: { [column]: value } };
}
