/**
 * The five transactions on plain objects, written from the specification's text alone (2.4.2 to 2.8.2) and independent of
 * the procedures: what a database holds is read into objects, transactions are applied, and the two are compared.
 * Runs on the test's own thread.
 */
import type { Partition } from '../../../src/engine/partition.ts';
import type { Terminal } from '../inputs.ts';
import { lastName } from '../random.ts';
import { liveRows, type PlainRow, readRow } from './database.ts';

const KEYS: Record<string, readonly string[]> = {
  WAREHOUSE: ['W_ID'],
  DISTRICT: ['D_W_ID', 'D_ID'],
  CUSTOMER: ['C_W_ID', 'C_D_ID', 'C_ID'],
  'NEW-ORDER': ['NO_W_ID', 'NO_D_ID', 'NO_O_ID'],
  ORDER: ['O_W_ID', 'O_D_ID', 'O_ID'],
  'ORDER-LINE': ['OL_W_ID', 'OL_D_ID', 'OL_O_ID', 'OL_NUMBER'],
  ITEM: ['I_ID'],
  STOCK: ['S_W_ID', 'S_I_ID'],
};

export interface PlainLine {
  brand: 'B' | 'G';
  stockQuantity: number;
  amountCents: number;
}

export interface PlainNewOrder {
  orderId: number;
  lines: PlainLine[];
  totalCents: number;
}

export class PlainDatabase {
  private readonly tables = new Map<string, Map<string, PlainRow>>();
  private readonly history: PlainRow[] = [];

  /** Reads a whole partition. */
  constructor(partition: Partition) {
    for (const table of partition.tables) {
      const rows = liveRows(table).map((row) => readRow(table, row));
      const key = KEYS[table.name];
      if (table.name === 'HISTORY') this.history.push(...rows);
      else if (key !== undefined) {
        this.tables.set(table.name, new Map(rows.map((row) => [key.map((column) => row[column]).join('/'), row])));
      }
    }
  }

  /** Every table as sorted text; two databases are equal when these are. */
  dump(): Record<string, string> {
    const text = (rows: Iterable<PlainRow>): string =>
      [...rows]
        .map((row) => JSON.stringify(row))
        .sort()
        .join('\n');
    const tables = [...this.tables].map(([name, rows]) => [name, text(rows.values())]);
    return Object.fromEntries([...tables, ['HISTORY', text(this.history)]]);
  }

  row(table: string, ...key: number[]): PlainRow {
    const row = this.tables.get(table)?.get(key.join('/'));
    if (row === undefined) throw new Error(`no ${table} ${key.join('/')}`);
    return row;
  }

  rows(table: string, values: PlainRow): PlainRow[] {
    const all = [...(this.tables.get(table)?.values() ?? [])];
    const wanted = Object.entries(values);
    return all.filter((row) => wanted.every(([column, value]) => row[column] === value));
  }

  /** ORDER-LINE rows of one order, by number. */
  linesOf(warehouseId: number, districtId: number, orderId: number): PlainRow[] {
    const lines = this.tables.get('ORDER-LINE');
    const numbers = Array.from({ length: 15 }, (_, i) => i + 1);
    const found = numbers.map((number) => lines?.get(`${warehouseId}/${districtId}/${orderId}/${number}`));
    return found.filter((line) => line !== undefined);
  }

  /** 2.4.2.2; null for the rollback of 2.4.2.3, which leaves nothing behind. */
  newOrder(input: Terminal, nowMs: number): PlainNewOrder | null {
    const { warehouseId: w, districtId: d, customerId: c, lineCount } = input;
    const numbers = Array.from({ length: lineCount }, (_, i) => i);
    if (numbers.some((i) => this.tables.get('ITEM')?.get(String(input.itemIds[i])) === undefined)) return null;
    const warehouse = this.row('WAREHOUSE', w);
    const district = this.row('DISTRICT', w, d);
    const customer = this.row('CUSTOMER', w, d, c);
    const orderId = num(district['D_NEXT_O_ID']);
    district['D_NEXT_O_ID'] = orderId + 1;
    this.put('NEW-ORDER', { NO_O_ID: orderId, NO_D_ID: d, NO_W_ID: w });
    this.put('ORDER', {
      O_ID: orderId,
      O_D_ID: d,
      O_W_ID: w,
      O_C_ID: c,
      O_ENTRY_D: nowMs,
      O_CARRIER_ID: null,
      O_OL_CNT: lineCount,
      O_ALL_LOCAL: numbers.every((i) => input.supplyWarehouseIds[i] === w) ? 1 : 0,
    });
    const lines = numbers.map((i): PlainLine => {
      const item = this.row('ITEM', input.itemIds[i] as number);
      const supply = input.supplyWarehouseIds[i] as number;
      const quantity = input.quantities[i] as number;
      const stock = this.row('STOCK', supply, input.itemIds[i] as number);
      const before = num(stock['S_QUANTITY']);
      stock['S_QUANTITY'] = before >= quantity + 10 ? before - quantity : before - quantity + 91;
      stock['S_YTD'] = num(stock['S_YTD']) + quantity;
      stock['S_ORDER_CNT'] = num(stock['S_ORDER_CNT']) + 1;
      if (supply !== w) stock['S_REMOTE_CNT'] = num(stock['S_REMOTE_CNT']) + 1;
      const amountCents = quantity * num(item['I_PRICE']);
      this.put('ORDER-LINE', {
        OL_O_ID: orderId,
        OL_D_ID: d,
        OL_W_ID: w,
        OL_NUMBER: i + 1,
        OL_I_ID: num(item['I_ID']),
        OL_SUPPLY_W_ID: supply,
        OL_DELIVERY_D: null,
        OL_QUANTITY: quantity,
        OL_AMOUNT: amountCents,
        OL_DIST_INFO: stock[`S_DIST_${d < 10 ? '0' : ''}${d}`] ?? null,
      });
      const original = [item['I_DATA'], stock['S_DATA']].every((data) => String(data).includes('ORIGINAL'));
      return { brand: original ? 'B' : 'G', stockQuantity: num(stock['S_QUANTITY']), amountCents };
    });
    const sum = lines.reduce((total, line) => total + line.amountCents, 0);
    const discount = num(customer['C_DISCOUNT']) / 10_000;
    const tax = (num(warehouse['W_TAX']) + num(district['D_TAX'])) / 10_000;
    return { orderId, lines, totalCents: sum * (1 - discount) * (1 + tax) };
  }

  /** 2.5.2.2. Returns the customer who paid, null where nobody has the last name. */
  payment(input: Terminal, nowMs: number): PlainRow | null {
    const { warehouseId: w, districtId: d, amountCents: amount } = input;
    const customer = this.customer(input);
    if (customer === null) return null;
    const warehouse = this.row('WAREHOUSE', w);
    const district = this.row('DISTRICT', w, d);
    warehouse['W_YTD'] = num(warehouse['W_YTD']) + amount;
    district['D_YTD'] = num(district['D_YTD']) + amount;
    customer['C_BALANCE'] = num(customer['C_BALANCE']) - amount;
    customer['C_YTD_PAYMENT'] = num(customer['C_YTD_PAYMENT']) + amount;
    customer['C_PAYMENT_CNT'] = num(customer['C_PAYMENT_CNT']) + 1;
    if (customer['C_CREDIT'] === 'BC') {
      const { C_ID, C_D_ID, C_W_ID, C_DATA } = customer;
      const note = `${C_ID} ${C_D_ID} ${C_W_ID} ${d} ${w} ${(amount / 100).toFixed(2)}`;
      customer['C_DATA'] = `${note} ${C_DATA}`.slice(0, 500);
    }
    this.history.push({
      H_C_ID: num(customer['C_ID']),
      H_C_D_ID: num(customer['C_D_ID']),
      H_C_W_ID: num(customer['C_W_ID']),
      H_D_ID: d,
      H_W_ID: w,
      H_DATE: nowMs,
      H_AMOUNT: amount,
      H_DATA: `${warehouse['W_NAME']}    ${district['D_NAME']}`,
    });
    return customer;
  }

  /** 2.5.2.2 and 2.6.2.2: by number, or the one at n/2 rounded up of those with the name, by C_FIRST. */
  customer(input: Terminal): PlainRow | null {
    const { customerWarehouseId: w, customerDistrictId: d } = input;
    if (input.lastNameNumber < 0) return this.row('CUSTOMER', w, d, input.customerId);
    const same = this.rows('CUSTOMER', { C_W_ID: w, C_D_ID: d, C_LAST: lastName(input.lastNameNumber) });
    same.sort((a, b) => (String(a['C_FIRST']) < String(b['C_FIRST']) ? -1 : 1));
    return same[Math.ceil(same.length / 2) - 1] ?? null;
  }

  /** 2.6.2.2: the customer, the newest order and its lines. */
  orderStatus(input: Terminal): { customer: PlainRow; order: PlainRow | null; lines: PlainRow[] } | null {
    const customer = this.customer(input);
    if (customer === null) return null;
    const { C_W_ID: w = null, C_D_ID: d = null, C_ID: c = null } = customer;
    const orders = this.rows('ORDER', { O_W_ID: w, O_D_ID: d, O_C_ID: c });
    const order = orders.sort((a, b) => num(b['O_ID']) - num(a['O_ID']))[0] ?? null;
    if (order === null) return { customer, order, lines: [] };
    return { customer, order, lines: this.linesOf(num(w), num(d), num(order['O_ID'])) };
  }

  /** 2.7.4.2. Returns the number of districts without an undelivered order. */
  delivery(warehouseId: number, carrierId: number, nowMs: number): number {
    let skipped = 0;
    for (let d = 1; d <= 10; d++) {
      const waiting = this.rows('NEW-ORDER', { NO_W_ID: warehouseId, NO_D_ID: d }).map((row) => num(row['NO_O_ID']));
      if (waiting.length === 0) {
        skipped++;
        continue;
      }
      const orderId = Math.min(...waiting);
      this.tables.get('NEW-ORDER')?.delete(`${warehouseId}/${d}/${orderId}`);
      const order = this.row('ORDER', warehouseId, d, orderId);
      order['O_CARRIER_ID'] = carrierId;
      const lines = this.linesOf(warehouseId, d, orderId);
      for (const line of lines) line['OL_DELIVERY_D'] = nowMs;
      const customer = this.row('CUSTOMER', warehouseId, d, num(order['O_C_ID']));
      const sum = lines.reduce((total, line) => total + num(line['OL_AMOUNT']), 0);
      customer['C_BALANCE'] = num(customer['C_BALANCE']) + sum;
      customer['C_DELIVERY_CNT'] = num(customer['C_DELIVERY_CNT']) + 1;
    }
    return skipped;
  }

  /** 2.8.2.2: distinct items of the last 20 orders whose stock at home is below the threshold. */
  stockLevel(warehouseId: number, districtId: number, threshold: number): number {
    const next = num(this.row('DISTRICT', warehouseId, districtId)['D_NEXT_O_ID']);
    const orderIds = Array.from({ length: 20 }, (_, i) => next - 20 + i);
    const recent = orderIds.flatMap((orderId) => this.linesOf(warehouseId, districtId, orderId));
    const items = [...new Set(recent.map((line) => num(line['OL_I_ID'])))];
    return items.filter((item) => num(this.row('STOCK', warehouseId, item)['S_QUANTITY']) < threshold).length;
  }

  private put(table: string, row: PlainRow): void {
    const key = (KEYS[table] as readonly string[]).map((column) => row[column]).join('/');
    const rows = this.tables.get(table) as Map<string, PlainRow>;
    if (rows.has(key)) throw new Error(`${table} ${key} exists`);
    rows.set(key, row);
  }
}

/** Every table of several partitions together, as sorted text; ITEM, which all of them see, once. */
export function dumpOf(partitions: readonly Partition[]): Record<string, string> {
  const dumps = partitions.map((partition) => new PlainDatabase(partition).dump());
  const names = Object.keys(dumps[0] ?? {});
  return Object.fromEntries(
    names.map((name) => {
      const texts = dumps.map((dump) => dump[name] ?? '').filter((text) => text !== '');
      const lines = (name === 'ITEM' ? texts.slice(0, 1) : texts).flatMap((text) => text.split('\n'));
      return [name, lines.sort().join('\n')];
    }),
  );
}

function num(value: number | string | null | undefined): number {
  if (typeof value !== 'number') throw new Error(`${value} is no number`);
  return value;
}
