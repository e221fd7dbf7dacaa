/** What the isolation tests read from the partitions of the embedded engine, row by row. */
import { assert } from '../../../../src/assert.ts';
import type { ConditionResult } from '../../../../src/bench/result.ts';
import type { Table } from '../../../../src/engine/table.ts';
import { judge } from '../../checks/judge.ts';
import { type Database, liveRows, type PlainRow, readRow } from '../../testing/database.ts';
import type { StoredCustomer, StoredData, StoredOrder, StoredStock } from '../driver.ts';
import type { EmbeddedWorker } from './embedded-worker.ts';

export class EmbeddedData implements StoredData {
  private readonly workers: readonly EmbeddedWorker[];

  /** @param workers that of warehouse i + 1 at i */
  constructor(workers: readonly EmbeddedWorker[]) {
    this.workers = workers;
  }

  async warehouse(warehouseId: number): Promise<{ ytdCents: number }> {
    const row = this.only(warehouseId, 'WAREHOUSE', { W_ID: warehouseId });
    return { ytdCents: numberOf(row, 'W_YTD') };
  }

  async district(warehouseId: number, districtId: number): Promise<{ ytdCents: number; nextOrderId: number }> {
    const row = this.only(warehouseId, 'DISTRICT', { D_W_ID: warehouseId, D_ID: districtId });
    return { ytdCents: numberOf(row, 'D_YTD'), nextOrderId: numberOf(row, 'D_NEXT_O_ID') };
  }

  async customer(warehouseId: number, districtId: number, customerId: number): Promise<StoredCustomer> {
    const key = { C_W_ID: warehouseId, C_D_ID: districtId, C_ID: customerId };
    const row = this.only(warehouseId, 'CUSTOMER', key);
    return {
      balanceCents: numberOf(row, 'C_BALANCE'),
      ytdPaymentCents: numberOf(row, 'C_YTD_PAYMENT'),
      paymentCount: numberOf(row, 'C_PAYMENT_CNT'),
      deliveryCount: numberOf(row, 'C_DELIVERY_CNT'),
    };
  }

  async order(warehouseId: number, districtId: number, orderId: number): Promise<StoredOrder | null> {
    const key = { O_W_ID: warehouseId, O_D_ID: districtId, O_ID: orderId };
    const [order] = this.rows(warehouseId, 'ORDER', key);
    if (order === undefined) return null;
    const lineKey = { OL_W_ID: warehouseId, OL_D_ID: districtId, OL_O_ID: orderId };
    const lines = this.rows(warehouseId, 'ORDER-LINE', lineKey);
    lines.sort((a, b) => numberOf(a, 'OL_NUMBER') - numberOf(b, 'OL_NUMBER'));
    return {
      orderId,
      customerId: numberOf(order, 'O_C_ID'),
      carrierId: order['O_CARRIER_ID'] === null ? null : numberOf(order, 'O_CARRIER_ID'),
      lines: lines.map((line) => ({
        itemId: numberOf(line, 'OL_I_ID'),
        supplyWarehouseId: numberOf(line, 'OL_SUPPLY_W_ID'),
        quantity: numberOf(line, 'OL_QUANTITY'),
        amountCents: numberOf(line, 'OL_AMOUNT'),
        isDelivered: line['OL_DELIVERY_D'] !== null,
      })),
    };
  }

  async undelivered(warehouseId: number, districtId: number): Promise<number[]> {
    const rows = this.rows(warehouseId, 'NEW-ORDER', { NO_W_ID: warehouseId, NO_D_ID: districtId });
    return rows.map((row) => numberOf(row, 'NO_O_ID')).sort((a, b) => a - b);
  }

  async stock(warehouseId: number, itemId: number): Promise<StoredStock> {
    const row = this.only(warehouseId, 'STOCK', { S_W_ID: warehouseId, S_I_ID: itemId });
    return {
      quantity: numberOf(row, 'S_QUANTITY'),
      ytd: numberOf(row, 'S_YTD'),
      orderCount: numberOf(row, 'S_ORDER_CNT'),
      remoteCount: numberOf(row, 'S_REMOTE_CNT'),
    };
  }

  async payments(warehouseId: number, districtId: number): Promise<{ count: number; sumCents: number }> {
    const rows = this.rows(warehouseId, 'HISTORY', { H_W_ID: warehouseId, H_D_ID: districtId });
    return { count: rows.length, sumCents: rows.reduce((sum, row) => sum + numberOf(row, 'H_AMOUNT'), 0) };
  }

  /** As it is exported: in the order in which it lies in memory. */
  async everything(): Promise<Record<string, string>> {
    const tables = this.workers.flatMap(({ worker, database }) =>
      database.session
        .exportTables(false)
        .map((table): [string, string] => [`${table.name} of worker ${worker}`, table.lines(0, table.rows)]),
    );
    return Object.fromEntries(tables);
  }

  /** The twelve of the specification and those on stock; and that nothing is left of any transaction. */
  async conditions(): Promise<ConditionResult[]> {
    const left = this.workers.flatMap(({ worker, database, exchange }) => {
      const counts = {
        locks: database.partition.locks.held,
        fragments: exchange.participant.held,
        transactions: exchange.coordinator.inFlight,
        deliveries: database.session.deferredCount,
      };
      return Object.entries(counts).flatMap(([what, count]) =>
        count > 0 ? [`worker ${worker}: ${count} ${what}`] : [],
      );
    });
    const rest: ConditionResult = {
      id: 'engine.rest',
      title: 'no lock, fragment or transaction is left',
      passed: left.length === 0,
      checkedRows: 0,
      violationCount: left.length,
      violations: left,
    };
    if (!rest.passed) return [rest];
    return [
      rest,
      ...judge(
        this.workers.map(({ database }) => database.session.check()),
        true,
      ),
    ];
  }

  private tableOf(warehouseId: number, name: string): Table {
    const { database }: { database: Database } = this.workers[warehouseId - 1];
    return database.partition.table(name);
  }

  private rows(warehouseId: number, name: string, values: Record<string, number>): PlainRow[] {
    const table = this.tableOf(warehouseId, name);
    const wanted = Object.entries(values).map(([column, value]) => ({ column: table.column(column), value }));
    return liveRows(table)
      .filter((row) => wanted.every(({ column, value }) => table.read(row, column) === value))
      .map((row) => readRow(table, row));
  }

  private only(warehouseId: number, name: string, values: Record<string, number>): PlainRow {
    const rows = this.rows(warehouseId, name, values);
    assert(rows.length === 1, `${name} has ${rows.length} rows with ${JSON.stringify(values)}`);
    return rows[0];
  }
}

function numberOf(row: PlainRow, column: string): number {
  const value = row[column];
  assert(typeof value === 'number', `${column} is ${value}`);
  return value;
}
