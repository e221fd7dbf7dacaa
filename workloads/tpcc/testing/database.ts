/** Small TPC-C databases for tests, and what tests read from them. Runs on the test's own thread. */
import { assert } from '../../../src/assert.ts';
import { COMMITTED, type LoadProgress, type Outcome, QUEUED } from '../../../src/bench/contract.ts';
import { OrderedCursor } from '../../../src/engine/ordered-cursor.ts';
import { Partition } from '../../../src/engine/partition.ts';
import { PartitionRowSink } from '../../../src/engine/row-sink.ts';
import type { SharedTable, Table } from '../../../src/engine/table.ts';
import { Deck, type Mix } from '../deck.ts';
import type { InputRules } from '../inputs.ts';
import { Population } from '../population.ts';
import { openTables, type Tables } from '../procedures/tables.ts';
import { drawConstants } from '../random.ts';
import { TpccSession } from '../session.ts';
import type { Scale } from '../specification.ts';

/** Enough of everything that every transaction finds work, and little enough that a check takes milliseconds. */
export const SMALL_SCALE: Scale = {
  items: 200,
  districtsPerWarehouse: 10,
  customersPerDistrict: 30,
  ordersPerDistrict: 30,
  newOrdersPerDistrict: 9,
};

/** A third of that, for tests that compare whole databases often. */
export const TINY_SCALE: Scale = {
  ...SMALL_SCALE,
  customersPerDistrict: 10,
  ordersPerDistrict: 10,
  newOrdersPerDistrict: 3,
};

export interface DatabaseOptions {
  scale?: Scale;
  firstWarehouse?: number;
  lastWarehouse?: number;
  totalWarehouses?: number;
  seed?: number;
  remoteItemPct?: number;
  remotePaymentPct?: number;
  newMix?: () => Mix;
  progress?: LoadProgress;
  /** ITEM of another database, which this one takes over; else it loads its own. */
  items?: SharedTable;
  /** Whether tests may insert and delete items: ITEM is loaded without being shared then. */
  changeableItems?: boolean;
}

export interface Database {
  partition: Partition;
  session: TpccSession;
  tables: Tables;
  scale: Scale;
}

/** A loaded database. */
export function openDatabase(options: DatabaseOptions = {}): Database {
  const { scale = SMALL_SCALE, firstWarehouse = 1, lastWarehouse = firstWarehouse, seed = 1 } = options;
  const { totalWarehouses = lastWarehouse } = options;
  const rules: InputRules = {
    scale,
    totalWarehouses,
    constants: drawConstants(seed),
    remoteItemPct: options.remoteItemPct ?? 1,
    remotePaymentPct: options.remotePaymentPct ?? 15,
  };
  const placement = {
    shardId: 0,
    workerIndex: 0,
    firstWarehouse,
    lastWarehouse,
    totalWarehouses,
    terminalsPerWarehouse: 10,
    seed,
  };
  const partition = new Partition();
  const session = new TpccSession(partition, placement, rules, options.newMix ?? (() => new Deck()));
  if (options.changeableItems === true) new Population(new PartitionRowSink(partition), seed, scale).loadItems();
  else if (options.items === undefined) session.loadShared();
  session.load(options.progress ?? (() => {}), options.items ?? null);
  return { partition, session, tables: openTables(partition), scale };
}

/** An instant after every load. */
export const RUN_INSTANT_MS = Date.UTC(2026, 5, 1);

/** Runs transactions of all terminals in turn, deliveries included, a millisecond apart. */
export function runTransactions(session: TpccSession, count: number): Outcome[] {
  const outcomes: Outcome[] = [];
  for (let i = 0; i < count; i++) {
    const terminal = i % session.terminals.length;
    session.draw(terminal);
    const outcome = session.start(terminal, RUN_INSTANT_MS + i);
    outcomes.push(outcome);
    if (outcome !== QUEUED) continue;
    assert(session.runDeferred(RUN_INSTANT_MS + i) === COMMITTED, 'a queued delivery was not executed');
  }
  return outcomes;
}

/** Every exported table as text. */
export function exportTexts(session: TpccSession): Record<string, string> {
  return Object.fromEntries(session.exportTables(true).map((table) => [table.name, table.lines(0, table.rows)]));
}

/** Live rows, ascending. */
export function liveRows(table: Table): number[] {
  const rows: number[] = [];
  for (let row = 0; row < table.rowBound; row++) if (table.isLive(row)) rows.push(row);
  return rows;
}

export type PlainRow = Record<string, number | string | null>;

export function readRow(table: Table, row: number): PlainRow {
  return Object.fromEntries(table.layout.columns.map((column) => [column.name, table.read(row, column)]));
}

/** The first live row with these values. */
export function findRow(table: Table, values: PlainRow, accept: (row: PlainRow) => boolean = () => true): number {
  const columns = Object.entries(values).map(([name, value]) => ({ column: table.column(name), value }));
  for (let row = 0; row < table.rowBound; row++) {
    if (!table.isLive(row) || columns.some(({ column, value }) => table.read(row, column) !== value)) continue;
    if (accept(readRow(table, row))) return row;
  }
  throw new Error(`${table.name} has no row with ${JSON.stringify(values)}`);
}

/** Keys and rows of every ordered index, in order. */
export function orderedEntries(partition: Partition): Record<string, string> {
  const entries: Record<string, string> = {};
  for (const table of partition.tables) {
    for (const index of table.orderedIndexes) {
      const cursor = new OrderedCursor(index);
      const keys: string[] = [];
      for (cursor.seek(0); cursor.valid; cursor.next()) keys.push(`${cursor.key}:${cursor.row}`);
      entries[`${table.name}.${index.name}`] = keys.join(' ');
    }
  }
  return entries;
}
