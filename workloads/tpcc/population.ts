/**
 * The initial database (TPC-C 4.3.3.1), written row by row to a sink. Each warehouse and each kind of row has its own
 * random stream, so that a warehouse is the same whoever loads it.
 */
import type { RowSink } from '../../src/engine/row-sink.ts';
import { drawConstants, LAST_NAME_BYTES, RandomStream, STREAM } from './random.ts';
import {
  CUSTOMER_COLUMN as C,
  DISTRICT_COLUMN as D,
  HISTORY_COLUMN as H,
  ITEM_COLUMN as I,
  LOAD_INFO_COLUMN as L,
  NEW_ORDER_COLUMN as NO,
  ORDER_COLUMN as O,
  ORDER_LINE_COLUMN as OL,
  STOCK_COLUMN as S,
  TABLE_ID,
  WAREHOUSE_COLUMN as W,
} from './schema.ts';
import * as spec from './specification.ts';

const BAD_CREDIT = new TextEncoder().encode('BC');
const GOOD_CREDIT = new TextEncoder().encode('GC');
const MIDDLE_NAME = new TextEncoder().encode('OE');
const ORIGINAL_BYTES = new TextEncoder().encode(spec.ORIGINAL);
const ZIP_SUFFIX = new TextEncoder().encode('11111');

/** How much is written in a step: rows of stock or items, and orders with about ten lines each. */
const PIECE_ROWS = 2_000;
const PIECE_ORDERS = 500;

/** Rows that `loadWarehouse` makes, order lines at their mean of ten an order. */
export function expectedRows(scale: spec.Scale, warehouses: number): number {
  const { districtsPerWarehouse: districts, customersPerDistrict: customers, ordersPerDistrict: orders } = scale;
  const linesAnOrder = (spec.FEWEST_LINES + spec.MOST_LINES) / 2;
  const perDistrict = 1 + 2 * customers + orders * (1 + linesAnOrder) + scale.newOrdersPerDistrict;
  return warehouses * (1 + scale.items + districts * perDistrict);
}

/** Generates the rows of one load. */
export class Population {
  private readonly sink: RowSink;
  private readonly seed: number;
  private readonly scale: spec.Scale;
  private readonly lastNameConstant: number;
  private readonly text = new Uint8Array(512);

  constructor(sink: RowSink, seed: number, scale: spec.Scale) {
    this.sink = sink;
    this.seed = seed;
    this.scale = scale;
    this.lastNameConstant = drawConstants(seed).lastNameLoad;
  }

  /** The row that keeps C_LOAD and the scale with the data (2.1.6.1). */
  loadInfo(firstWarehouse: number, lastWarehouse: number): void {
    const { sink } = this;
    sink.begin(TABLE_ID['LOAD-INFO']);
    sink.number(L.SEED, this.seed);
    sink.number(L.C_LOAD, this.lastNameConstant);
    sink.number(L.FIRST_W_ID, firstWarehouse);
    sink.number(L.LAST_W_ID, lastWarehouse);
    sink.number(L.LOAD_DATE, spec.LOAD_INSTANT_MS);
    sink.end();
  }

  /** ITEM: the same in every database of a seed. */
  loadItems(): void {
    for (const _ of this.itemPieces());
  }

  /** As `loadItems`, a piece at a time: each step writes at most some thousand rows. */
  *itemPieces(): Generator<void> {
    const { sink } = this;
    const random = new RandomStream(this.seed, STREAM.items);
    for (let item = 1; item <= this.scale.items; item++) {
      sink.begin(TABLE_ID.ITEM);
      sink.number(I.I_ID, item);
      sink.number(I.I_IM_ID, random.uniform(1, 10_000));
      this.variableText(random, I.I_NAME, 14, 24);
      sink.number(I.I_PRICE, random.uniform(100, 10_000));
      this.dataWithOriginal(random, I.I_DATA);
      sink.end();
      if (item % PIECE_ROWS === 0) yield;
    }
  }

  /** Everything of one warehouse. `progress` is called after each piece of it. */
  loadWarehouse(warehouse: number, progress: () => void): void {
    for (const _ of this.warehousePieces(warehouse)) progress();
  }

  /**
   * As `loadWarehouse`, a piece at a time: each step writes at most some thousand rows, and after the rows that they refer
   * to (foreign keys).
   */
  *warehousePieces(warehouse: number): Generator<void> {
    this.warehouse(warehouse);
    yield* this.stock(warehouse);
    yield;
    for (let district = 1; district <= this.scale.districtsPerWarehouse; district++) {
      this.customers(warehouse, district);
      yield;
      yield* this.orders(warehouse, district);
      yield;
    }
  }

  /** Every customer has paid once: 30,000.00 at full scale. */
  private get initialDistrictYtd(): number {
    return this.scale.customersPerDistrict * spec.INITIAL_PAYMENT_CENTS;
  }

  private warehouse(warehouse: number): void {
    const { sink } = this;
    const random = new RandomStream(this.seed, STREAM.warehouse, warehouse);
    sink.begin(TABLE_ID.WAREHOUSE);
    sink.number(W.W_ID, warehouse);
    this.variableText(random, W.W_NAME, 6, 10);
    this.address(random, W.W_STREET_1, W.W_STREET_2, W.W_CITY, W.W_STATE, W.W_ZIP);
    sink.number(W.W_TAX, random.uniform(0, spec.MOST_TAX));
    sink.number(W.W_YTD, this.scale.districtsPerWarehouse * this.initialDistrictYtd);
    sink.end();
    for (let district = 1; district <= this.scale.districtsPerWarehouse; district++) {
      sink.begin(TABLE_ID.DISTRICT);
      sink.number(D.D_ID, district);
      sink.number(D.D_W_ID, warehouse);
      this.variableText(random, D.D_NAME, 6, 10);
      this.address(random, D.D_STREET_1, D.D_STREET_2, D.D_CITY, D.D_STATE, D.D_ZIP);
      sink.number(D.D_TAX, random.uniform(0, spec.MOST_TAX));
      sink.number(D.D_YTD, this.initialDistrictYtd);
      sink.number(D.D_NEXT_O_ID, this.scale.ordersPerDistrict + 1);
      sink.end();
    }
  }

  private *stock(warehouse: number): Generator<void> {
    const { sink } = this;
    const random = new RandomStream(this.seed, STREAM.stock, warehouse);
    const districtTexts = [
      S.S_DIST_01,
      S.S_DIST_02,
      S.S_DIST_03,
      S.S_DIST_04,
      S.S_DIST_05,
      S.S_DIST_06,
      S.S_DIST_07,
      S.S_DIST_08,
      S.S_DIST_09,
      S.S_DIST_10,
    ];
    for (let item = 1; item <= this.scale.items; item++) {
      sink.begin(TABLE_ID.STOCK);
      sink.number(S.S_I_ID, item);
      sink.number(S.S_W_ID, warehouse);
      sink.number(S.S_QUANTITY, random.uniform(10, 100));
      random.alphanumeric(this.text, 0, 240);
      for (let i = 0; i < districtTexts.length; i++) sink.text(districtTexts[i], this.text, i * 24, 24);
      sink.number(S.S_YTD, 0);
      sink.number(S.S_ORDER_CNT, 0);
      sink.number(S.S_REMOTE_CNT, 0);
      this.dataWithOriginal(random, S.S_DATA);
      sink.end();
      if (item % PIECE_ROWS === 0) yield;
    }
  }

  private customers(warehouse: number, district: number): void {
    const { sink, text } = this;
    const random = new RandomStream(this.seed, STREAM.customers, warehouse, district);
    for (let customer = 1; customer <= this.scale.customersPerDistrict; customer++) {
      const name =
        customer <= spec.LAST_NAMES
          ? customer - 1
          : random.nonUniform(spec.NURAND_A_LAST_NAME, this.lastNameConstant, 0, spec.LAST_NAMES - 1);
      const nameBytes = LAST_NAME_BYTES[name];
      sink.begin(TABLE_ID.CUSTOMER);
      sink.number(C.C_ID, customer);
      sink.number(C.C_D_ID, district);
      sink.number(C.C_W_ID, warehouse);
      sink.text(C.C_LAST, nameBytes, 0, nameBytes.length);
      sink.number(C.C_LAST_NUMBER, name);
      sink.text(C.C_MIDDLE, MIDDLE_NAME, 0, 2);
      this.variableText(random, C.C_FIRST, 8, 16);
      this.address(random, C.C_STREET_1, C.C_STREET_2, C.C_CITY, C.C_STATE, C.C_ZIP);
      random.digits(text, 0, 16);
      sink.text(C.C_PHONE, text, 0, 16);
      sink.number(C.C_SINCE, spec.LOAD_INSTANT_MS);
      sink.text(C.C_CREDIT, random.chance(spec.BAD_CREDIT_PCT) ? BAD_CREDIT : GOOD_CREDIT, 0, 2);
      sink.number(C.C_CREDIT_LIM, spec.CREDIT_LIMIT_CENTS);
      sink.number(C.C_DISCOUNT, random.uniform(0, spec.MOST_DISCOUNT));
      sink.number(C.C_BALANCE, spec.INITIAL_BALANCE_CENTS);
      sink.number(C.C_YTD_PAYMENT, spec.INITIAL_PAYMENT_CENTS);
      sink.number(C.C_PAYMENT_CNT, 1);
      sink.number(C.C_DELIVERY_CNT, 0);
      this.variableText(random, C.C_DATA, 300, 500);
      sink.end();

      sink.begin(TABLE_ID.HISTORY);
      sink.number(H.H_C_ID, customer);
      sink.number(H.H_C_D_ID, district);
      sink.number(H.H_C_W_ID, warehouse);
      sink.number(H.H_D_ID, district);
      sink.number(H.H_W_ID, warehouse);
      sink.number(H.H_DATE, spec.LOAD_INSTANT_MS);
      sink.number(H.H_AMOUNT, spec.INITIAL_PAYMENT_CENTS);
      this.variableText(random, H.H_DATA, 12, 24);
      sink.end();
    }
  }

  private *orders(warehouse: number, district: number): Generator<void> {
    const { sink, scale, text } = this;
    const random = new RandomStream(this.seed, STREAM.orders, warehouse, district);
    const customers = Int32Array.from({ length: scale.customersPerDistrict }, (_, i) => i + 1);
    random.shuffle(customers);
    const firstUndelivered = scale.ordersPerDistrict - scale.newOrdersPerDistrict + 1;
    for (let order = 1; order <= scale.ordersPerDistrict; order++) {
      const delivered = order < firstUndelivered;
      const lines = random.uniform(spec.FEWEST_LINES, spec.MOST_LINES);
      sink.begin(TABLE_ID.ORDER);
      sink.number(O.O_ID, order);
      sink.number(O.O_D_ID, district);
      sink.number(O.O_W_ID, warehouse);
      sink.number(O.O_C_ID, customers[(order - 1) % customers.length]);
      sink.number(O.O_ENTRY_D, spec.LOAD_INSTANT_MS);
      if (delivered) sink.number(O.O_CARRIER_ID, random.uniform(1, spec.MOST_CARRIER_ID));
      else sink.null(O.O_CARRIER_ID);
      sink.number(O.O_OL_CNT, lines);
      sink.number(O.O_ALL_LOCAL, 1);
      sink.end();

      for (let line = 1; line <= lines; line++) {
        sink.begin(TABLE_ID['ORDER-LINE']);
        sink.number(OL.OL_O_ID, order);
        sink.number(OL.OL_D_ID, district);
        sink.number(OL.OL_W_ID, warehouse);
        sink.number(OL.OL_NUMBER, line);
        sink.number(OL.OL_I_ID, random.uniform(1, scale.items));
        sink.number(OL.OL_SUPPLY_W_ID, warehouse);
        if (delivered) sink.number(OL.OL_DELIVERY_D, spec.LOAD_INSTANT_MS);
        else sink.null(OL.OL_DELIVERY_D);
        sink.number(OL.OL_QUANTITY, 5);
        sink.number(OL.OL_AMOUNT, delivered ? 0 : random.uniform(1, 999_999));
        random.alphanumeric(text, 0, 24);
        sink.text(OL.OL_DIST_INFO, text, 0, 24);
        sink.end();
      }
      if (!delivered) {
        sink.begin(TABLE_ID['NEW-ORDER']);
        sink.number(NO.NO_O_ID, order);
        sink.number(NO.NO_D_ID, district);
        sink.number(NO.NO_W_ID, warehouse);
        sink.end();
      }
      if (order % PIECE_ORDERS === 0) yield;
    }
  }

  private variableText(random: RandomStream, column: number, shortest: number, longest: number): void {
    const length = random.uniform(shortest, longest);
    random.alphanumeric(this.text, 0, length);
    this.sink.text(column, this.text, 0, length);
  }

  /** Streets and city of 10 to 20 characters, a state of two letters, and a zip of four random digits and 11111 (4.3.2.7). */
  private address(
    random: RandomStream,
    street1: number,
    street2: number,
    city: number,
    state: number,
    zip: number,
  ): void {
    const { sink, text } = this;
    this.variableText(random, street1, 10, 20);
    this.variableText(random, street2, 10, 20);
    this.variableText(random, city, 10, 20);
    text[0] = 65 + random.uniform(0, 25);
    text[1] = 65 + random.uniform(0, 25);
    sink.text(state, text, 0, 2);
    random.digits(text, 0, 4);
    text.set(ZIP_SUFFIX, 4);
    sink.text(zip, text, 0, 9);
  }

  /** 26 to 50 characters, of which a tenth of the rows carries ORIGINAL at a random place. */
  private dataWithOriginal(random: RandomStream, column: number): void {
    const length = random.uniform(26, 50);
    random.alphanumeric(this.text, 0, length);
    if (random.chance(spec.ORIGINAL_PCT)) {
      this.text.set(ORIGINAL_BYTES, random.uniform(0, length - ORIGINAL_BYTES.length));
    }
    this.sink.text(column, this.text, 0, length);
  }
}
