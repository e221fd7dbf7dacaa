/**
 * The rows of the initial database (TPC-C 4.3.3.1) in batches for a driver's bulk load: those that `Population` writes into
 * the embedded engine, from the same random streams, so that a seed gives the same database everywhere.
 */
import type { BulkRows, Value } from '../../../src/drivers/contract.ts';
import type { RowSink } from '../../../src/engine/row-sink.ts';
import { expectedRows, Population } from '../population.ts';
import { drawConstants } from '../random.ts';
import { HELPER_COLUMNS, TABLES } from '../schema.ts';
import { FULL_SCALE, LOAD_INSTANT_MS, type Scale } from '../specification.ts';
import { SQL_TABLES, type SqlTable } from './tables.ts';

/** A batch is given out once it has this many rows, so that it has somewhat more. */
const BATCH_ROWS = 5_000;

/** What a run with this seed expects of the loaded rows, by the names that it is kept under with them (2.1.6.1). */
export function loadFacts(seed: number, scale: Scale = FULL_SCALE): Record<string, string> {
  return {
    C_LOAD: String(drawConstants(seed).lastNameLoad),
    items: String(scale.items),
    districtsPerWarehouse: String(scale.districtsPerWarehouse),
    customersPerDistrict: String(scale.customersPerDistrict),
    ordersPerDistrict: String(scale.ordersPerDistrict),
    newOrdersPerDistrict: String(scale.newOrdersPerDistrict),
    loadDate: new Date(LOAD_INSTANT_MS).toISOString(),
  };
}

/** How many rows there are about to be, order lines at their mean. */
export function expectedSqlRows(warehouses: number, scale: Scale = FULL_SCALE): { shared: number; warehouses: number } {
  return { shared: scale.items, warehouses: expectedRows(scale, warehouses) };
}

/** ITEM, which every database has. */
export function* sharedRows(seed: number, scale: Scale = FULL_SCALE): Generator<BulkRows> {
  const sink = new BatchSink();
  yield* batches(sink, new Population(sink, seed, scale).itemPieces());
}

/** Everything of one warehouse; rows come after those that they refer to, a batch holds rows of one table. */
export function* warehouseRows(seed: number, warehouseId: number, scale: Scale = FULL_SCALE): Generator<BulkRows> {
  const sink = new BatchSink();
  yield* batches(sink, new Population(sink, seed, scale).warehousePieces(warehouseId));
}

function* batches(sink: BatchSink, pieces: Iterable<void>): Generator<BulkRows> {
  for (const _ of pieces) {
    // A full batch takes along what its rows may refer to.
    const last = sink.lastTableWith(BATCH_ROWS);
    if (last >= 0) yield* sink.take(last);
  }
  yield* sink.take(SQL_TABLES.length - 1);
}

/** Rows of one table by column. */
class Batch {
  rowCount = 0;
  values: Value[][];
  private readonly table: SqlTable;

  constructor(table: SqlTable) {
    this.table = table;
    this.values = table.columns.map(() => []);
  }

  take(): BulkRows {
    const { table, rowCount, values } = this;
    this.rowCount = 0;
    this.values = values.map(() => []);
    return {
      table: table.name,
      rowCount,
      columns: table.columns.map(({ name, type }, i) => ({ name, type, values: values[i] })),
    };
  }
}

/** Collects rows until they are taken. Columns that only the engine has, and LOAD-INFO, are left out. */
class BatchSink implements RowSink {
  private readonly byTable: readonly Batch[] = SQL_TABLES.map((table) => new Batch(table));
  /** By the engine's id of a table: its batch, and by the engine's id of a column its values or null. */
  private readonly targets = TABLES.map(({ name, columns }) => {
    const at = SQL_TABLES.findIndex((table) => table.title === name);
    const titles = Object.keys(columns).filter((title) => !HELPER_COLUMNS.has(title));
    return { batch: this.byTable[at] ?? null, columnAt: Object.keys(columns).map((title) => titles.indexOf(title)) };
  });
  private target = this.targets[0];
  private readonly texts = new WeakMap<Uint8Array, Buffer>();

  begin(table: number): void {
    this.target = this.targets[table];
  }

  number(column: number, value: number): void {
    this.put(column, value);
  }

  null(column: number): void {
    this.put(column, null);
  }

  text(column: number, source: Uint8Array, start: number, length: number): void {
    let bytes = this.texts.get(source);
    if (bytes === undefined) {
      bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
      this.texts.set(source, bytes);
    }
    this.put(column, bytes.toString('latin1', start, start + length));
  }

  end(): void {
    if (this.target.batch !== null) this.target.batch.rowCount++;
  }

  /** The last table, by place in `SQL_TABLES`, with at least so many rows; -1 where none has. */
  lastTableWith(rows: number): number {
    return this.byTable.findLastIndex((batch) => batch.rowCount >= rows);
  }

  /** The rows of the tables up to this one. */
  *take(lastTable: number): Generator<BulkRows> {
    for (const batch of this.byTable.slice(0, lastTable + 1)) if (batch.rowCount > 0) yield batch.take();
  }

  private put(column: number, value: Value): void {
    const { batch, columnAt } = this.target;
    const at = columnAt[column];
    if (batch !== null && at >= 0) batch.values[at].push(value);
  }
}
