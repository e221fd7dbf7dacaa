import { beforeEach, describe, expect, it } from 'vitest';
import { BLOCKED, COMMITTED, PENDING, USER_ABORT } from '../../../src/bench/contract.ts';
import { EXCLUSIVE } from '../../../src/engine/lock-table.ts';
import { COUNTER } from '../counters.ts';
import { DELIVERY_TYPE, ORDER_STATUS_TYPE, STOCK_LEVEL_TYPE } from '../deck.ts';
import type { Terminal } from '../inputs.ts';
import { type Database, findRow, openDatabase, RUN_INSTANT_MS, TINY_SCALE } from '../testing/database.ts';
import { dumpOf } from '../testing/plain-model.ts';
import { type Fragment, type Member, RemoteCluster } from '../testing/remote-cluster.ts';
import { items, type Line, typeOrder, typePayment, UNUSED } from '../testing/typed-inputs.ts';
import { REMOTE_LINES_WORDS } from './remote-lines.ts';

/** Fifteen lines of `supply`, items 1 to 15. */
const fifteen = (supply: number): Line[] =>
  Array.from({ length: 15 }, (_, i) => ({ item: 1 + i, supply, quantity: 1 + (i % 10) }));

const terminalOf = ({ session }: Database, terminal = 0): Terminal => session.terminals[terminal] as Terminal;

/** What a terminal shows of its New-Order. */
function shown({ session }: Database, { lineCount }: Terminal) {
  const { output } = session.newOrder;
  const perLine = [output.stockQuantities, output.amountsCents, output.brandB].map((values) => [
    ...values.subarray(0, lineCount),
  ]);
  const { orderId, warehouseTax, districtTax, discount, totalCents } = output;
  return { orderId, warehouseTax, districtTax, discount, totalCents, perLine };
}

const dump = ({ databases }: RemoteCluster) => dumpOf(databases.map(({ partition }) => partition));

describe('a New-Order with lines of other partitions', () => {
  // Four warehouses: one, one and two in a partition; and the same in a single one.
  let cluster: RemoteCluster;
  let whole: Database;
  let nowMs: number;

  beforeEach(() => {
    cluster = new RemoteCluster([1, 1, 2], { scale: TINY_SCALE });
    whole = openDatabase({ lastWarehouse: 4, scale: TINY_SCALE });
    nowMs = RUN_INSTANT_MS;
  });

  /** Runs the order at warehouse 1 in both, and compares all that it did. */
  function runBoth(lines: readonly Line[], options: { district?: number; customer?: number } = {}) {
    nowMs++;
    const { database } = cluster.member(0);
    const input = typeOrder(terminalOf(database), lines, options);
    const { outcome, fragments } = cluster.run(0, 0, nowMs);
    const expected = whole.session.newOrder.execute(typeOrder(terminalOf(whole), lines, options), nowMs, null);
    expect(outcome).toBe(expected);
    if (outcome === COMMITTED) expect(shown(database, input)).toEqual(shown(whole, input));
    expect(dump(cluster)).toEqual(dumpOf([whole.partition]));
    return { outcome, fragments };
  }

  it('changes the stock of one supplier as one partition would', () => {
    const { outcome, fragments } = runBoth([{ item: 3, supply: 2, quantity: 9 }, ...items(4, 5, 6, 7)]);
    expect(outcome).toBe(COMMITTED);
    expect(fragments.map(({ to }) => to)).toEqual([1]);
  });

  it('sends one fragment to each partition that supplies a line, whatever the warehouses and the order of lines', () => {
    const lines = [
      { item: 1, supply: 4 },
      { item: 2, supply: 2 },
      { item: 3 },
      { item: 4, supply: 3 },
      { item: 5, supply: 2 },
      { item: 6, supply: 4, quantity: 10 },
    ];
    const { fragments } = runBoth(lines, { district: 10 });
    expect(fragments.map(({ to }) => to)).toEqual([2, 1]);
    runBoth([...lines].reverse(), { district: 1 });
  });

  it('counts an item that is on several lines once for each, wherever the lines are supplied', () => {
    const twice = { item: 9, supply: 2, quantity: 10 };
    runBoth([twice, { item: 9 }, twice, { item: 9, supply: 3 }, { item: 9, quantity: 1 }, twice]);
    // Again and again, until the stock was refilled several times.
    for (let i = 0; i < 4; i++) runBoth([twice, twice, { item: 9, supply: 3 }, ...items(1, 2)]);
  });

  it('needs nobody for other warehouses of its own partition', () => {
    const { database } = cluster.member(2);
    typeOrder(terminalOf(database), [{ item: 1, supply: 4 }, ...items(2, 3, 4, 5)]);
    const { outcome, fragments } = cluster.run(2, 0, nowMs);
    expect([outcome, fragments]).toEqual([COMMITTED, []]);
    const { stock } = database.tables;
    const supplied = findRow(stock.table, { S_W_ID: 4, S_I_ID: 1 });
    expect(stock.table.getInt32(supplied, stock.remoteCount)).toBe(1);
  });

  it.each([2, 4])('shows brand B where both texts carry ORIGINAL, the stock at warehouse %i', (supply) => {
    const texts = [`${'x'.repeat(9)}ORIGINAL${'y'.repeat(9)}`, `${'x'.repeat(9)}ORIGINIL${'y'.repeat(9)}`];
    const lines = [0, 1, 2, 3].map((i) => ({ item: 20 + i, supply }));
    for (const database of [whole, ...cluster.databases]) {
      const { item, stock } = database.tables;
      lines.forEach((line, i) => {
        const put = (table: typeof item.table, keys: Record<string, number>, column: string, text: string): void => {
          const bytes = new TextEncoder().encode(text);
          table.putText(findRow(table, keys), table.textColumn(column), bytes, 0, bytes.length);
        };
        put(item.table, { I_ID: line.item }, 'I_DATA', texts[i & 1] ?? '');
        if (stock.primary.get(stock.primary.key.of2(supply, line.item)) < 0) return;
        put(stock.table, { S_W_ID: supply, S_I_ID: line.item }, 'S_DATA', texts[i >> 1] ?? '');
      });
    }
    runBoth([...lines, { item: 30 }]);
    expect([...cluster.member(0).database.session.newOrder.output.brandB.subarray(0, 4)]).toEqual([1, 0, 0, 0]);
  });

  it('fits the longest fragment and the longest answer into the words that it declares', () => {
    for (const supply of [2, 4]) {
      const { fragments } = runBoth(fifteen(supply), { district: 10 });
      const [fragment] = fragments;
      expect(Math.max(fragment?.body.words ?? 0, fragment?.answer?.words ?? 0)).toBe(REMOTE_LINES_WORDS);
    }
  });

  it('mixes up no answers of terminals that wait at the same time', () => {
    const { database, worker } = cluster.member(0);
    const orders = [fifteen(2), [{ item: 30, supply: 3 }, ...fifteen(2).slice(1, 6)], items(1, 2, 3, 4, 5)];
    orders[1] = orders[1]?.map((line) => ({ ...line, item: line.item + 50 })) ?? [];
    const fragments = orders.slice(0, 2).map((lines, terminal) => {
      typeOrder(terminalOf(database, terminal), lines, { district: 3 + terminal });
      return cluster.member(worker).start(terminal, nowMs).fragments;
    });
    fragments.forEach((each, terminal) => {
      cluster.prepareAll(worker, terminal, each);
    });
    // A transaction without fragments between the answers and the own part.
    typeOrder(terminalOf(database, 2), orders[2] ?? []);
    expect(cluster.member(worker).start(2, nowMs).outcome).toBe(COMMITTED);
    whole.session.newOrder.execute(typeOrder(terminalOf(whole), orders[2] ?? []), nowMs, null);
    for (const terminal of [1, 0]) {
      expect(cluster.member(worker).finish(terminal, nowMs + terminal)).toBe(COMMITTED);
      cluster.decideAll(fragments[terminal] ?? [], COMMITTED);
      const input = typeOrder(terminalOf(whole), orders[terminal] ?? [], { district: 3 + terminal });
      whole.session.newOrder.execute(input, nowMs + terminal, null);
      expect(shown(database, input)).toEqual(shown(whole, input));
    }
    expect(dump(cluster)).toEqual(dumpOf([whole.partition]));
  });

  it('executes the fragments of an order with an unused item, and takes all of it back', () => {
    const before = dump(cluster);
    const { database } = cluster.member(0);
    const lines = [{ item: 1 }, { item: 2, supply: 2 }, { item: 3, supply: 4 }, { item: 2, supply: 2 }, { item: 5 }];
    typeOrder(terminalOf(database), [...lines, { item: UNUSED, supply: 2 }]);
    const { outcome, fragments } = cluster.member(0).start(0, nowMs);
    expect(outcome).toBe(PENDING);
    cluster.prepareAll(0, 0, fragments);
    const { stock } = cluster.member(1).database.tables;
    const supplied = findRow(stock.table, { S_W_ID: 2, S_I_ID: 2 });
    expect(stock.table.getInt32(supplied, stock.remoteCount)).toBe(2);
    expect(cluster.held).toBe(2);
    expect(cluster.member(0).finish(0, nowMs)).toBe(USER_ABORT);
    cluster.decideAll(fragments, USER_ABORT);
    expect(dump(cluster)).toEqual(before);
    expect(cluster.held).toBe(0);
    // The next order has the number that this one gave back.
    runBoth(lines);
  });

  it.each([
    ['the only line of another partition', { item: UNUSED, supply: 2 }],
    ['a line at home', { item: UNUSED }],
  ])('asks nobody for an unused item on %s', (_, line) => {
    const { outcome, fragments } = runBoth([...items(1, 2, 3, 4), line]);
    expect([outcome, fragments]).toEqual([USER_ABORT, []]);
  });
});

describe('a stock row that a fragment holds', () => {
  let cluster: RemoteCluster;
  let home: Member;
  let supplier: Member;
  let held: readonly Fragment[];

  /** Warehouse 1 has a fragment at warehouse 2 for items 1 and 2, undecided. */
  beforeEach(() => {
    cluster = new RemoteCluster([1, 1], { scale: TINY_SCALE });
    home = cluster.member(0);
    supplier = cluster.member(1);
    typeOrder(terminalOf(home.database), [
      { item: 1, supply: 2 },
      { item: 2, supply: 2 },
      { item: 2, supply: 2 },
      ...items(3, 4),
    ]);
    held = home.start(0, RUN_INSTANT_MS).fragments;
    cluster.prepareAll(0, 0, held);
  });

  const finishHeld = (): void => {
    expect(home.finish(0, RUN_INSTANT_MS)).toBe(COMMITTED);
    cluster.decideAll(held, COMMITTED);
    expect(supplier.database.partition.locks.held).toBe(0);
  };

  it('is locked alone, once, until the decision', () => {
    const { partition, tables } = supplier.database;
    expect(partition.locks.held).toBe(2);
    const row = findRow(tables.stock.table, { S_W_ID: 2, S_I_ID: 2 });
    expect(partition.locks.conflict(tables.stock.table.id, row, EXCLUSIVE, 0)).toBeLessThan(Number.POSITIVE_INFINITY);
    finishHeld();
  });

  it.each([
    ['the first row', [{ item: 2, supply: 2 }, ...items(10, 11, 12, 13)]],
    ['a later row', [{ item: 10, supply: 2 }, { item: 11, supply: 2 }, { item: 1, supply: 2 }, ...items(12, 13)]],
  ])('refuses another fragment for %s as a whole, which succeeds when it is tried again', (_, lines) => {
    const before = dump(cluster);
    typeOrder(terminalOf(home.database, 1), lines, { district: 5 });
    const first = home.start(1, RUN_INSTANT_MS);
    expect(first.fragments.map((fragment) => supplier.prepare(fragment))).toEqual([false]);
    expect(dump(cluster)).toEqual(before);
    expect(supplier.database.partition.locks.held).toBe(2);
    finishHeld();

    const counted = [...home.database.session.counters];
    const second = home.start(1, RUN_INSTANT_MS + 1, true);
    expect([...home.database.session.counters]).toEqual(counted);
    expect(second.outcome).toBe(PENDING);
    cluster.prepareAll(0, 1, second.fragments);
    expect(home.finish(1, RUN_INSTANT_MS + 1)).toBe(COMMITTED);
    cluster.decideAll(second.fragments, COMMITTED);
    expect(home.database.session.counters[COUNTER.newOrders]).toBe(2);
  });

  it('keeps out what touches it at home, which leaves nothing and succeeds afterwards', () => {
    const { session } = supplier.database;
    const before = dump(cluster);
    typeOrder(terminalOf(supplier.database), [...items(20, 21, 22, 23), { item: 2 }]);
    expect(supplier.start(0, RUN_INSTANT_MS).outcome).toBe(BLOCKED);
    expect(dump(cluster)).toEqual(before);
    finishHeld();
    expect(supplier.start(0, RUN_INSTANT_MS, true).outcome).toBe(COMMITTED);
    expect(session.counters[COUNTER.newOrders]).toBe(1);
  });

  it('keeps out the own part of an order that has fragments elsewhere', () => {
    typeOrder(terminalOf(supplier.database), [{ item: 1 }, { item: 5, supply: 1 }, ...items(20, 21, 22)]);
    const { fragments } = supplier.start(0, RUN_INSTANT_MS);
    cluster.prepareAll(1, 0, fragments);
    const before = dump(cluster);
    expect(supplier.finish(0, RUN_INSTANT_MS)).toBe(BLOCKED);
    expect(dump(cluster)).toEqual(before);
    finishHeld();
    // The answers are still there: the own part runs once more.
    expect(supplier.finish(0, RUN_INSTANT_MS + 1)).toBe(COMMITTED);
    cluster.decideAll(fragments, COMMITTED);
    expect(supplier.database.session.newOrder.output.stockQuantities[1]).toBe(
      home.database.tables.stock.table.getInt32(
        findRow(home.database.tables.stock.table, { S_W_ID: 1, S_I_ID: 5 }),
        home.database.tables.stock.quantity,
      ),
    );
  });

  it('keeps out a Stock-Level whose district sold the item, and no other', () => {
    const { session, tables } = supplier.database;
    const input = terminalOf(supplier.database);
    const { orderLine } = tables;
    for (let row = 0; row < orderLine.table.rowBound; row++) orderLine.table.putInt32(row, orderLine.itemId, 50);
    const sold = findRow(orderLine.table, { OL_W_ID: 2, OL_D_ID: 6, OL_O_ID: 10, OL_NUMBER: 1 });
    orderLine.table.putInt32(sold, orderLine.itemId, 2);
    Object.assign(input, { type: STOCK_LEVEL_TYPE, districtId: 6, threshold: 200 });
    expect(supplier.start(0, RUN_INSTANT_MS).outcome).toBe(BLOCKED);
    input.districtId = 7;
    expect(supplier.start(0, RUN_INSTANT_MS).outcome).toBe(COMMITTED);
    finishHeld();
    input.districtId = 6;
    expect(supplier.start(0, RUN_INSTANT_MS, true).outcome).toBe(COMMITTED);
    expect(session.stockLevel.lowStock).toBe(2);
  });

  it('is in the way of nothing that does not touch it', () => {
    const input = terminalOf(supplier.database);
    typeOrder(input, items(20, 21, 22, 23, 24));
    expect(supplier.start(0, RUN_INSTANT_MS).outcome).toBe(COMMITTED);
    typePayment(input, { customer: { id: 3 } });
    expect(supplier.start(0, RUN_INSTANT_MS).outcome).toBe(COMMITTED);
    Object.assign(input, { type: ORDER_STATUS_TYPE, districtId: 3, customerId: 3 });
    expect(supplier.start(0, RUN_INSTANT_MS).outcome).toBe(COMMITTED);
    Object.assign(input, { type: DELIVERY_TYPE, carrierId: 3 });
    supplier.start(0, RUN_INSTANT_MS);
    expect(supplier.database.session.runDeferred(RUN_INSTANT_MS)).toBe(COMMITTED);
    finishHeld();
  });
});
