import { beforeEach, describe, expect, it } from 'vitest';
import { BLOCKED, COMMITTED, PENDING, QUEUED, USER_ABORT } from '../../../src/bench/contract.ts';
import { COUNTER } from '../counters.ts';
import { DELIVERY_TYPE, ORDER_STATUS_TYPE } from '../deck.ts';
import type { Terminal } from '../inputs.ts';
import { type Database, findRow, openDatabase, RUN_INSTANT_MS, readRow, TINY_SCALE } from '../testing/database.ts';
import { dumpOf } from '../testing/plain-model.ts';
import { type Fragment, type Member, RemoteCluster } from '../testing/remote-cluster.ts';
import { items, type PaymentInput, typeOrder, typePayment } from '../testing/typed-inputs.ts';
import { REMOTE_CUSTOMER_WORDS } from './remote-customer.ts';

const terminalOf = ({ session }: Database, terminal = 0): Terminal => session.terminals[terminal] as Terminal;
const dump = ({ databases }: RemoteCluster) => dumpOf(databases.map(({ partition }) => partition));

function customerRow({ tables }: Database, warehouse: number, district: number, id: number): number {
  return findRow(tables.customer.table, { C_W_ID: warehouse, C_D_ID: district, C_ID: id });
}

function putCustomerText({ tables }: Database, row: number, column: string, text: string): void {
  const { table } = tables.customer;
  const bytes = new TextEncoder().encode(text);
  table.putText(row, table.textColumn(column), bytes, 0, bytes.length);
}

/** What the answer says, read as the head of `remote-customer.ts` describes it. */
function said({ answer }: Fragment, { tables }: Database) {
  if (answer === null) throw new Error('there is no answer');
  const { int32s, float64s, at, words } = answer;
  const { first, phone } = tables.customer;
  const bytes = new Uint8Array(int32s.buffer, 4 * at + 4 * 8, 8 * (words - 4));
  const texts = ['FIRST', 'MIDDLE', 'LAST', 'STREET_1', 'STREET_2', 'CITY', 'STATE', 'ZIP', 'PHONE'].map((name) => {
    const column = tables.customer.table.textColumn(`C_${name}`);
    const from = column.offset - first.offset;
    const length = column.variable ? (bytes[from] ?? 0) : column.sizeBytes;
    const start = from + column.lengthBytes;
    return [`C_${name}`, new TextDecoder().decode(bytes.slice(start, start + length))];
  });
  const textWords = Math.ceil((phone.offset + phone.sizeBytes - first.offset) / 8);
  return {
    C_ID: int32s[at],
    C_DISCOUNT: int32s[at + 1],
    C_BALANCE: float64s[at / 2 + 1],
    C_CREDIT_LIM: float64s[at / 2 + 2],
    C_SINCE: float64s[at / 2 + 3],
    ...Object.fromEntries(texts),
    shownData: new TextDecoder().decode(bytes.slice(8 * textWords)),
  };
}

let cluster: RemoteCluster;
let home: Member;
let theirs: Member;

beforeEach(() => {
  cluster = new RemoteCluster([1, 1], { scale: TINY_SCALE });
  home = cluster.member(0);
  theirs = cluster.member(1);
});

describe('a Payment by a customer of another partition', () => {
  let whole: Database;
  let nowMs: number;

  beforeEach(() => {
    whole = openDatabase({ lastWarehouse: 2, scale: TINY_SCALE });
    nowMs = RUN_INSTANT_MS;
  });

  /** Pays at warehouse 1 in both, and compares all that it did. */
  function payBoth(input: PaymentInput) {
    nowMs++;
    typePayment(terminalOf(home.database), input);
    const { outcome, fragments } = cluster.run(0, 0, nowMs);
    const expected = whole.session.payment.execute(typePayment(terminalOf(whole), input), nowMs);
    expect(outcome).toBe(expected);
    const { output } = home.database.session.payment;
    if (outcome === COMMITTED) expect(output.balanceCents).toBe(whole.session.payment.output.balanceCents);
    expect(dump(cluster)).toEqual(dumpOf([whole.partition]));
    return { outcome, fragments };
  }

  /** What the terminal has to show of the customer (2.5.3.4), from the single partition. */
  function customerOf(warehouse: number, district: number, id: number) {
    const row = readRow(whole.tables.customer.table, customerRow(whole, warehouse, district, id));
    const { C_DATA, C_CREDIT, ...rest } = row;
    return { ...rest, shownData: C_CREDIT === 'BC' ? String(C_DATA).slice(0, 200) : '' };
  }

  it.each(['GC', 'BC'])('does at both what one partition does, and shows the customer; credit %s', (credit) => {
    for (const database of [whole, theirs.database]) {
      putCustomerText(database, customerRow(database, 2, 9, 5), 'C_CREDIT', credit);
    }
    for (const amount of [100, 500_000, 12_345]) {
      const { outcome, fragments } = payBoth({ customer: { warehouse: 2, district: 9, id: 5 }, amount });
      expect(outcome).toBe(COMMITTED);
      expect(fragments.map(({ to }) => to)).toEqual([1]);
      const answer = said(fragments[0] as Fragment, theirs.database);
      expect(customerOf(2, 9, 5)).toMatchObject(answer);
      expect(answer.shownData).toHaveLength(credit === 'BC' ? 200 : 0);
    }
  });

  it('keeps the whole answer at home, until the next one', () => {
    const remoteCustomer = home.database.session['remoteCustomer'];
    for (const credit of ['BC', 'GC']) {
      putCustomerText(theirs.database, customerRow(theirs.database, 2, 1, 4), 'C_CREDIT', credit);
      putCustomerText(whole, customerRow(whole, 2, 1, 4), 'C_CREDIT', credit);
      const { fragments } = payBoth({ customer: { warehouse: 2, district: 1, id: 4 } });
      const answer = fragments[0]?.answer;
      if (answer === null || answer === undefined) throw new Error('there is no answer');
      const { int32s, at, words } = answer;
      expect([...remoteCustomer['words'].subarray(0, 2 * words)]).toEqual([...int32s.subarray(at, at + 2 * words)]);
      expect(remoteCustomer.customerId).toBe(4);
      expect(words).toBeLessThanOrEqual(REMOTE_CUSTOMER_WORDS);
    }
  });

  it('has room for the longest texts of a customer with bad credit', () => {
    const widths = { C_FIRST: 16, C_LAST: 16, C_STREET_1: 20, C_STREET_2: 20, C_CITY: 20, C_CREDIT: 2, C_DATA: 500 };
    for (const database of [whole, theirs.database]) {
      const row = customerRow(database, 2, 3, 8);
      for (const [column, width] of Object.entries(widths)) {
        putCustomerText(database, row, column, column === 'C_CREDIT' ? 'BC' : column.padEnd(width, 'w'));
      }
    }
    const { fragments } = payBoth({ customer: { warehouse: 2, district: 3, id: 8 } });
    expect(customerOf(2, 3, 8)).toMatchObject(said(fragments[0] as Fragment, theirs.database));
    expect(fragments[0]?.answer?.words).toBeLessThanOrEqual(REMOTE_CUSTOMER_WORDS);
  });

  it('finds the customer by last name where the customer lives', () => {
    for (const name of [0, 3, 9]) {
      const { outcome, fragments } = payBoth({ customer: { warehouse: 2, district: 4, name } });
      expect(outcome).toBe(COMMITTED);
      const { C_ID } = said(fragments[0] as Fragment, theirs.database);
      expect(home.database.session['remoteCustomer'].customerId).toBe(C_ID);
    }
  });

  it('commits nothing where nobody has the name', () => {
    const before = dump(cluster);
    const { outcome, fragments } = payBoth({ customer: { warehouse: 2, district: 4, name: 999 } });
    expect([outcome, fragments.length]).toEqual([USER_ABORT, 1]);
    expect(dump(cluster)).toEqual(before);
    expect(said(fragments[0] as Fragment, theirs.database)).toMatchObject({ C_ID: 0, C_BALANCE: 0 });
  });

  it('needs nobody for a customer of another warehouse of the same partition', () => {
    const pair = new RemoteCluster([2], { scale: TINY_SCALE });
    typePayment(terminalOf(pair.member(0).database), { customer: { warehouse: 2, district: 4, id: 6 } });
    const { outcome, fragments } = pair.run(0, 0, nowMs);
    expect([outcome, fragments]).toEqual([COMMITTED, []]);
  });
});

describe('what the fragment of a Payment holds', () => {
  let held: readonly Fragment[];

  function hold(customer: { id?: number; name?: number }): void {
    typePayment(terminalOf(home.database), { customer: { warehouse: 2, district: 3, ...customer } });
    const { outcome, fragments } = home.start(0, RUN_INSTANT_MS);
    expect(outcome).toBe(PENDING);
    cluster.prepareAll(0, 0, fragments);
    held = fragments;
  }

  const finishHeld = (outcome: typeof COMMITTED | typeof USER_ABORT = COMMITTED): void => {
    expect(home.finish(0, RUN_INSTANT_MS)).toBe(outcome);
    cluster.decideAll(held, outcome);
    expect(cluster.held).toBe(0);
  };

  /** Starts what was typed at the customer's warehouse: refused without a trace, and granted after the decision. */
  function expectBlocked(start: () => number): void {
    const before = dump(cluster);
    const writes = theirs.database.session['transaction'].writeSet;
    expect(start()).toBe(BLOCKED);
    expect(writes.length).toBe(0);
    expect(dump(cluster)).toEqual(before);
    finishHeld();
    expect(start()).toBe(COMMITTED);
  }

  it('keeps out other payments by the customer, at home and as fragments', () => {
    hold({ id: 7 });
    const input = terminalOf(theirs.database);
    const again = terminalOf(home.database, 1);
    typePayment(again, { customer: { warehouse: 2, district: 3, id: 7 } });
    const { fragments } = home.start(1, RUN_INSTANT_MS);
    expect(theirs.prepare(fragments[0] as Fragment)).toBe(false);
    typePayment(again, { customer: { warehouse: 2, district: 3, id: 8 } });
    const other = home.start(1, RUN_INSTANT_MS).fragments;
    expect(theirs.prepare(other[0] as Fragment)).toBe(true);
    theirs.decide(other[0] as Fragment, false);

    typePayment(input, { customer: { id: 7 } });
    expectBlocked(() => theirs.start(0, RUN_INSTANT_MS, true).outcome);
  });

  it('keeps out whoever finds the customer by the last name', () => {
    hold({ name: 6 });
    typePayment(terminalOf(theirs.database), { customer: { name: 6 } });
    expectBlocked(() => theirs.start(0, RUN_INSTANT_MS, true).outcome);
  });

  it('keeps out an Order-Status of the customer', () => {
    hold({ id: 7 });
    const input = terminalOf(theirs.database);
    Object.assign(input, { type: ORDER_STATUS_TYPE, districtId: 3, customerId: 7, lastNameNumber: -1 });
    expectBlocked(() => theirs.start(0, RUN_INSTANT_MS).outcome);
    expect(theirs.database.session.orderStatus.output.balanceCents).toBe(-1_000 - 12_345);
  });

  it('keeps out a New-Order of the customer, which reads the discount', () => {
    hold({ id: 7 });
    typeOrder(terminalOf(theirs.database), items(1, 2, 3, 4, 5), { district: 3, customer: 7 });
    expectBlocked(() => theirs.start(0, RUN_INSTANT_MS).outcome);
  });

  it('keeps a Delivery of the customer queued, and nothing is counted or delivered meanwhile', () => {
    const { session, tables } = theirs.database;
    const order = findRow(tables.order.table, { O_W_ID: 2, O_D_ID: 3, O_ID: 8 });
    hold({ id: tables.order.table.getInt32(order, tables.order.customerId) });
    Object.assign(terminalOf(theirs.database), { type: DELIVERY_TYPE, carrierId: 5 });
    for (let i = 0; i < 2; i++) expect(theirs.start(0, RUN_INSTANT_MS).outcome).toBe(QUEUED);
    const run = () => {
      theirs.database.partition.access.enter(1, false);
      return session.runDeferred(RUN_INSTANT_MS);
    };
    const before = dump(cluster);
    for (let i = 0; i < 3; i++) expect(run()).toBe(BLOCKED);
    expect(dump(cluster)).toEqual(before);
    expect([session.deferredCount, session.counters[COUNTER.deliveriesExecuted]]).toEqual([2, 0]);
    finishHeld();
    expect([run(), run()]).toEqual([COMMITTED, COMMITTED]);
    expect([session.deferredCount, session.counters[COUNTER.deliveriesExecuted]]).toEqual([0, 2]);
    expect(session.counters[COUNTER.deliveredDistricts]).toBe(2 * TINY_SCALE.districtsPerWarehouse);
  });

  it('makes a Delivery wait that can be given up, and nothing is left of it', () => {
    const { session, tables, partition } = theirs.database;
    const order = findRow(tables.order.table, { O_W_ID: 2, O_D_ID: 3, O_ID: 8 });
    hold({ id: tables.order.table.getInt32(order, tables.order.customerId) });
    Object.assign(terminalOf(theirs.database), { type: DELIVERY_TYPE, carrierId: 5 });
    for (let i = 0; i < 2; i++) theirs.start(0, RUN_INSTANT_MS);
    const before = dump(cluster);
    partition.access.enter(1, false);
    expect(session.runDeferred(RUN_INSTANT_MS)).toBe(BLOCKED);
    session.dropDeferred();
    expect([session.deferredCount, session.counters[COUNTER.deliveriesExecuted]]).toEqual([1, 0]);
    expect(dump(cluster)).toEqual(before);
    session.dropDeferred();
    expect(() => session.dropDeferred()).toThrow('empty');
    finishHeld();
  });

  it('is the absence of a name, too: nobody may take it before the decision', () => {
    hold({ name: 999 });
    const { tables, partition } = theirs.database;
    const { table } = tables.customer;
    const template = customerRow(theirs.database, 2, 3, 7);
    const row = table.allocate();
    table
      .bytesOf(row)
      .copyWithin(row * table.strideBytes, template * table.strideBytes, (template + 1) * table.strideBytes);
    table.putInt32(row, tables.customer.id, 11);
    table.putInt32(row, table.keyColumn('C_LAST_NUMBER'), 999);
    partition.access.enter(1, false);
    expect(partition.access.insert(table, row)).toBe(false);
    finishHeld(USER_ABORT);
    partition.access.enter(1, false);
    expect(partition.access.insert(table, row)).toBe(true);
  });

  it('is in the way of no other customer', () => {
    hold({ id: 7 });
    const input = terminalOf(theirs.database);
    typePayment(input, { customer: { id: 8 } });
    expect(theirs.start(0, RUN_INSTANT_MS).outcome).toBe(COMMITTED);
    typeOrder(input, items(1, 2, 3, 4, 5), { district: 3, customer: 8 });
    expect(theirs.start(0, RUN_INSTANT_MS).outcome).toBe(COMMITTED);
    typePayment(input, { district: 4, customer: { id: 7 } });
    expect(theirs.start(0, RUN_INSTANT_MS).outcome).toBe(COMMITTED);
    finishHeld();
  });
});
