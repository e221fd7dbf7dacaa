/** Protection from phantoms (3.4.2.8, 3.4.2.9): rows that a New-Order inserts where another transaction has looked before. */
import type { RepeatedRead } from '../driver.ts';
import type { Scenario, ScenarioRun } from '../scenario.ts';
import {
  CARRIER_ID,
  CUSTOMER_ID,
  DISTRICT_ID,
  enteredOrder,
  linesFrom,
  nextDelivery,
  orderStatusOf,
  paymentBy,
} from './situations.ts';

/** More than a district of a full population has. */
const MOST_DELIVERIES = 2000;
const OTHER_DISTRICT_ID = 6;

const newOrderAt = (warehouseId: number, districtId: number) => ({
  districtId,
  customerId: CUSTOMER_ID,
  lines: linesFrom(warehouseId, 61, 62, 63, 64, 65),
});

/** Delivers until no district of the warehouse has an undelivered order: deleting them would break the conditions. */
async function deliverAll(run: ScenarioRun, warehouseId: number): Promise<void> {
  const { stored } = run.driver;
  for (let i = 0; i < MOST_DELIVERIES; i++) {
    const input = { carrierId: CARRIER_ID, districtId: DISTRICT_ID };
    const { skippedDistricts } = await run.perform('T0', warehouseId, 'delivery', input);
    if (skippedDistricts > 0 && (await stored.undelivered(warehouseId, DISTRICT_ID)).length === 0) return;
  }
  throw run.abandon(`district (${warehouseId}, ${DISTRICT_ID}) cannot be emptied`);
}

function expectRepeatable(run: ScenarioRun, what: string, read: RepeatedRead | null, before: number | null): void {
  if (read === null) return;
  run.equal(`${what}, read first`, read.first, before);
  run.equal(`${what}, read again`, read.again, before);
}

/** Either the Delivery came first and has skipped the district, or it has delivered the order with all that belongs to it. */
async function expectDeliveredOrLeft(
  run: ScenarioRun,
  warehouseId: number,
  orderId: number,
  skipped: boolean,
): Promise<void> {
  const { stored } = run.driver;
  const order = await stored.order(warehouseId, DISTRICT_ID, orderId);
  run.equal('carrier of the new order', order?.carrierId, skipped ? null : CARRIER_ID);
  run.equal(
    'its lines that are delivered',
    order?.lines.every((line) => line.isDelivered),
    !skipped,
  );
  run.equal('undelivered orders', await stored.undelivered(warehouseId, DISTRICT_ID), skipped ? [orderId] : []);
}

const delivery: Scenario = {
  id: '3.4.2.8',
  title: 'a Delivery looks twice for an undelivered order while a New-Order enters one',
  async steps(run) {
    const { driver } = run;
    const { stored, homeWarehouseId: home } = driver;
    await deliverAll(run, home);
    const { customerId } = newOrderAt(home, DISTRICT_ID);
    const before = await stored.customer(home, DISTRICT_ID, customerId);
    const input = { carrierId: CARRIER_ID, districtId: DISTRICT_ID };
    const t1 = await run.begin('T1', home, 'delivery', input, 'afterFirstRead');
    const t2 = await run.begin('T2', home, 'newOrder', newOrderAt(home, DISTRICT_ID));
    await t2.meet(t1);
    await t1.goOn();
    expectRepeatable(run, 'the oldest undelivered order', (await t1.committed()).oldestOrderId, null);
    const { orderId } = await t2.committed();
    await expectDeliveredOrLeft(run, home, orderId, true);
    run.equal('the customer', await stored.customer(home, DISTRICT_ID, customerId), before);
  },
};

const orderStatus: Scenario = {
  id: '3.4.2.9',
  title: "an Order-Status looks twice for its customer's newest order while a New-Order enters one",
  async steps(run) {
    const { homeWarehouseId: home } = run.driver;
    const before = await orderStatusOf(run, 'T0', home);
    const newest = before.order?.orderId ?? null;
    const customer = { districtId: DISTRICT_ID, customerId: CUSTOMER_ID };
    const t1 = await run.begin('T1', home, 'orderStatus', customer, 'afterFirstRead');
    const t2 = await run.begin('T2', home, 'newOrder', newOrderAt(home, DISTRICT_ID));
    await t2.meet(t1);
    await t1.goOn();
    const seen = await t1.committed();
    expectRepeatable(run, 'the newest order', seen.newestOrderId, newest);
    run.equal('the order that T1 shows', seen.order, before.order);
    const order = enteredOrder(newOrderAt(home, DISTRICT_ID), await t2.committed());
    run.equal('the order that T3 shows', (await orderStatusOf(run, 'T3', home)).order, order);
  },
};

/**
 * Beyond the specification: what makes the Delivery stop after its look at the empty district is a Payment that holds a
 * customer of another district, so that a database that cannot stop a Delivery is tested all the same.
 */
const waitingDelivery: Scenario = {
  id: '3.4.2.8 waiting',
  title: 'a Delivery waits for a Payment while a New-Order enters an order where there was none',
  async steps(run) {
    const { driver } = run;
    const { stored, homeWarehouseId: home, awayWarehouseId: away } = driver;
    await deliverAll(run, away);
    await run.perform('T0', away, 'newOrder', newOrderAt(away, OTHER_DISTRICT_ID));
    const { order } = await nextDelivery(run, away, OTHER_DISTRICT_ID);
    const paid = await stored.customer(away, OTHER_DISTRICT_ID, order.customerId);

    const payment = paymentBy(away, OTHER_DISTRICT_ID, order.customerId);
    const t1 = await run.begin('T1', home, 'payment', payment, 'beforeCommit');
    const t2 = await run.begin('T2', away, 'delivery', { carrierId: CARRIER_ID, districtId: DISTRICT_ID });
    await t2.meet(t1);
    const t3 = await run.begin('T3', away, 'newOrder', newOrderAt(away, DISTRICT_ID));
    await t3.meet(t1);
    await t1.goOn();
    await t1.committed();
    const { skippedDistricts } = await t2.committed();
    const { orderId } = await t3.committed();

    const skipped = (await stored.undelivered(away, DISTRICT_ID)).length > 0;
    await expectDeliveredOrLeft(run, away, orderId, skipped);
    run.equal('districts that T2 skips', skippedDistricts, skipped ? 9 : 8);
    const sumCents = order.lines.reduce((sum, line) => sum + line.amountCents, 0);
    const { balanceCents } = await stored.customer(away, OTHER_DISTRICT_ID, order.customerId);
    run.equal('C_BALANCE', balanceCents, paid.balanceCents - payment.amountCents + sumCents);
  },
};

/** Beyond the specification, and for the same reason: all three want one customer. */
const waitingOrderStatus: Scenario = {
  id: '3.4.2.9 waiting',
  title: 'an Order-Status and a New-Order of one customer wait for a Payment',
  async steps(run) {
    const { homeWarehouseId: home, awayWarehouseId: away } = run.driver;
    const before = await orderStatusOf(run, 'T0', away);
    const payment = paymentBy(away, DISTRICT_ID, CUSTOMER_ID);
    const t1 = await run.begin('T1', home, 'payment', payment, 'beforeCommit');
    const t2 = await run.begin('T2', away, 'orderStatus', { districtId: DISTRICT_ID, customerId: CUSTOMER_ID });
    const meeting = await t2.meet(t1);
    const t3 = await run.begin('T3', away, 'newOrder', newOrderAt(away, DISTRICT_ID));
    await t3.meet(t1);
    await t1.goOn();
    await t1.committed();
    const seen = await t2.committed();
    const order = enteredOrder(newOrderAt(away, DISTRICT_ID), await t3.committed());
    const paid = before.balanceCents - payment.amountCents;
    run.oneOf('the order that T2 shows', seen.order, [before.order, order]);
    if (meeting === 'completes') run.oneOf('C_BALANCE that T2 shows', seen.balanceCents, [before.balanceCents, paid]);
    else run.equal('C_BALANCE that T2 shows, which waited for T1', seen.balanceCents, paid);
    const last = await orderStatusOf(run, 'T4', away);
    run.equal('what T4 shows', [last.balanceCents, last.order], [paid, order]);
  },
};

export const PHANTOM_SCENARIOS: readonly Scenario[] = [delivery, orderStatus, waitingDelivery, waitingOrderStatus];
