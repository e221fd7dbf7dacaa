import { describe, expect, it } from 'vitest';
import type { Observation, Outputs, RepeatedRead, StoredOrder, TransactionType } from './driver.ts';
import { runScenario, SCENARIOS } from './isolation-suite.ts';
import { ScriptedDriver, type ScriptedTransaction } from './testing/scripted-driver.ts';

const STOPPED = { kind: 'stopped' } as const;
const WAITS = { kind: 'waits' } as const;
const RETRIES = { kind: 'retries' } as const;

const completed = <Type extends TransactionType>(
  output: Outputs[Type],
  committed = true,
): Observation<TransactionType> => ({ kind: 'completed', committed, output });

const transaction = (
  type: TransactionType,
  afterwards: Observation<TransactionType>,
  stopped = afterwards,
): ScriptedTransaction => ({ type, stopped, afterwards });

async function run(id: string, driver: ScriptedDriver) {
  const scenario = SCENARIOS.find((each) => each.id === id);
  if (scenario === undefined) throw new Error(`there is no scenario ${id}`);
  const result = await runScenario(scenario, async () => driver);
  expect(driver.isClosed).toBe(true);
  return result;
}

describe('prices that are raised between two reads of them', () => {
  const before = completed<'readPrices'>({ pricesCents: [1000, 2009] });
  const raised = completed<'raisePrices'>({ pricesCents: [1100, 2209] });

  /** @param amountsCents of the order's first three lines: x, x and y */
  const database = (amountsCents: number[], meanwhile: Observation<TransactionType>, last = raised) =>
    new ScriptedDriver([
      transaction('readPrices', before),
      transaction('newOrder', completed<'newOrder'>({ orderId: 1, amountsCents: [...amountsCents, 1, 1] }), STOPPED),
      transaction('raisePrices', raised, meanwhile),
      transaction('readPrices', last),
    ]);

  it.each([
    ['locks what was read', [1000, 1000, 2009], WAITS],
    ['reads an old version', [1000, 1000, 2009], raised],
    ['undoes the order, which then reads the new prices', [1100, 1100, 2209], raised],
    ['undoes the change, which tries again', [1000, 1000, 2009], RETRIES],
  ])('pass a database that %s', async (_, amountsCents, meanwhile) => {
    const { verdict, violations } = await run('3.4.2.7', database(amountsCents, meanwhile));
    expect([verdict, violations]).toEqual(['passed', []]);
  });

  it.each([
    ['reads whatever is committed', [1000, 1100, 2209], raised, raised],
    ['reads one item anew and the other not', [1000, 1000, 2209], raised, raised],
    ['makes the change wait and shows it all the same', [1100, 1100, 2209], WAITS, raised],
    ['loses the change', [1000, 1000, 2009], WAITS, before],
    ['never lets the change through', [1000, 1000, 2009], WAITS, WAITS],
  ])('fail a database that %s', async (_, amountsCents, meanwhile, last) => {
    const { verdict } = await run('3.4.2.7', database(amountsCents, meanwhile, last));
    expect(verdict).toBe('failed');
  });
});

describe('an order that is entered between two reads of the newest one', () => {
  const lines = (itemIds: number[]) =>
    itemIds.map((itemId, i) => ({
      itemId,
      supplyWarehouseId: 1,
      quantity: i + 1,
      amountCents: 100 * (i + 1),
      isDelivered: false,
    }));
  const older: StoredOrder = { orderId: 8, customerId: 7, carrierId: null, lines: lines([1, 2, 3, 4, 5]) };
  const newer: StoredOrder = { orderId: 9, customerId: 7, carrierId: null, lines: lines([61, 62, 63, 64, 65]) };
  const shown = (order: StoredOrder, newestOrderId: RepeatedRead | null = null) =>
    completed<'orderStatus'>({ balanceCents: 0, order, newestOrderId });
  const entered = completed<'newOrder'>({ orderId: 9, amountsCents: [100, 200, 300, 400, 500] });

  const database = (first: Observation<TransactionType>, meanwhile: Observation<TransactionType>) =>
    new ScriptedDriver([
      transaction('orderStatus', shown(older)),
      transaction('orderStatus', first, STOPPED),
      transaction('newOrder', entered, meanwhile),
      transaction('orderStatus', shown(newer)),
    ]);

  it.each([
    ['makes the new one wait', WAITS],
    ['reads an old version', entered],
  ])('passes a database that %s', async (_, meanwhile) => {
    const { violations, meetings } = await run('3.4.2.9', database(shown(older, { first: 8, again: 8 }), meanwhile));
    expect(violations).toEqual([]);
    expect(meetings).toEqual([meanwhile.kind === 'waits' ? 'waits' : 'completes']);
  });

  it.each([
    ['in the second read', shown(older, { first: 8, again: 9 })],
    ['in what is shown', shown(newer, { first: 8, again: 8 })],
    ['before it is there', shown(older, { first: 9, again: 9 })],
  ])('fails a database that shows it %s', async (_, first) => {
    expect((await run('3.4.2.9', database(first, entered))).verdict).toBe('failed');
  });
});

describe('an order that is entered between two looks of a Delivery', () => {
  const delivered = (skippedDistricts: number, oldestOrderId: RepeatedRead | null) =>
    completed<'delivery'>({ skippedDistricts, oldestOrderId });
  const entered = completed<'newOrder'>({ orderId: 9, amountsCents: [100, 200, 300, 400, 500] });

  /** @param carrierId of the new order in the end */
  function database(first: Observation<TransactionType>, carrierId: number | null): ScriptedDriver {
    const order: StoredOrder = {
      orderId: 9,
      customerId: 7,
      carrierId,
      lines: [{ itemId: 61, supplyWarehouseId: 1, quantity: 1, amountCents: 100, isDelivered: carrierId !== null }],
    };
    let looks = 0;
    const customer = { balanceCents: 0, ytdPaymentCents: 0, paymentCount: 0, deliveryCount: 0 };
    return new ScriptedDriver(
      [
        transaction('delivery', delivered(10, null)),
        transaction('delivery', first, STOPPED),
        transaction('newOrder', entered, WAITS),
      ],
      {
        undelivered: async () => (looks++ === 0 || carrierId !== null ? [] : [9]),
        order: async () => order,
        customer: async () => customer,
      },
    );
  }

  it('passes a database that makes it wait', async () => {
    const { violations } = await run('3.4.2.8', database(delivered(10, { first: null, again: null }), null));
    expect(violations).toEqual([]);
  });

  it.each([
    ['finds it at the second look', delivered(10, { first: null, again: 9 }), null],
    ['delivers it', delivered(9, { first: null, again: null }), 3],
  ])('fails a database that %s', async (_, first, carrierId) => {
    expect((await run('3.4.2.8', database(first, carrierId))).verdict).toBe('failed');
  });
});
