/** Isolation of Payment and Delivery (3.4.2.5, 3.4.2.6), with either of them as the one that is stopped. */
import type { Scenario, ScenarioRun } from '../scenario.ts';
import { CARRIER_ID, DISTRICT_ID, ENDINGS, nextDelivery, paymentBy } from './situations.ts';

/** 1.2.1. */
const DISTRICTS = 10;

async function undeliveredAt({ driver }: ScenarioRun, warehouseId: number): Promise<(readonly number[])[]> {
  const orderIds: (readonly number[])[] = [];
  for (let d = 1; d <= DISTRICTS; d++) orderIds.push(await driver.stored.undelivered(warehouseId, d));
  return orderIds;
}

const withoutOldest = (orderIds: readonly (readonly number[])[]): (readonly number[])[] =>
  orderIds.map((ofDistrict) => ofDistrict.slice(1));

const CLAUSES = { commit: '3.4.2.5', rollback: '3.4.2.6' } as const;

const stoppedDelivery = ENDINGS.map(
  ({ commits, stopAt, words }): Scenario => ({
    id: commits ? CLAUSES.commit : CLAUSES.rollback,
    title: `a Payment meets a Delivery to its customer ${words}`,
    async steps(run) {
      const { stored, awayWarehouseId: away } = run.driver;
      const { order, sumCents } = await nextDelivery(run, away, DISTRICT_ID);
      const { customerId } = order;
      const undelivered = await undeliveredAt(run, away);
      const before = await stored.customer(away, DISTRICT_ID, customerId);
      const delivery = { carrierId: CARRIER_ID, districtId: DISTRICT_ID };
      const payment = paymentBy(away, DISTRICT_ID, customerId);
      const t1 = await run.begin('T1', away, 'delivery', delivery, stopAt);
      const t2 = await run.begin('T2', away, 'payment', payment);
      const meeting = await t2.meet(t1);
      await t1.goOn();
      if (commits) await t1.committed();
      else await t1.rolledBack();
      const seen = (await t2.committed()).balanceCents;

      const alone = before.balanceCents - payment.amountCents;
      const last = alone + (commits ? sumCents : 0);
      if (meeting === 'completes') run.oneOf('C_BALANCE that T2 shows', seen, [alone, last]);
      else run.equal('C_BALANCE that T2 shows, which came after T1', seen, last);
      run.equal('the customer', await stored.customer(away, DISTRICT_ID, customerId), {
        balanceCents: last,
        ytdPaymentCents: before.ytdPaymentCents + payment.amountCents,
        paymentCount: before.paymentCount + 1,
        deliveryCount: before.deliveryCount + (commits ? 1 : 0),
      });
      const left = commits ? withoutOldest(undelivered) : undelivered;
      run.equal('undelivered orders by district', await undeliveredAt(run, away), left);
      const after = await stored.order(away, DISTRICT_ID, order.orderId);
      run.equal('carrier of the order', after?.carrierId, commits ? CARRIER_ID : null);
    },
  }),
);

/** Beyond the specification: the Payment is made at another warehouse, so that it can be undecided where the Delivery runs. */
const stoppedPayment = ENDINGS.map(
  ({ commits, stopAt, words }): Scenario => ({
    id: `${commits ? CLAUSES.commit : CLAUSES.rollback} mirrored`,
    title: `a Delivery meets a Payment by one of its customers, made at another warehouse, ${words}`,
    async steps(run) {
      const { stored, homeWarehouseId: home, awayWarehouseId: away } = run.driver;
      const { order, sumCents } = await nextDelivery(run, away, DISTRICT_ID);
      const { customerId } = order;
      const undelivered = await undeliveredAt(run, away);
      const before = await stored.customer(away, DISTRICT_ID, customerId);
      const payment = paymentBy(away, DISTRICT_ID, customerId);
      const t1 = await run.begin('T1', home, 'payment', payment, stopAt);
      const t2 = await run.begin('T2', away, 'delivery', { carrierId: CARRIER_ID, districtId: DISTRICT_ID });
      await t2.meet(t1);
      await t1.goOn();
      if (commits) await t1.committed();
      else await t1.rolledBack();
      run.equal('districts that T2 skips', (await t2.committed()).skippedDistricts, 0);

      const paid = commits ? payment.amountCents : 0;
      run.equal('the customer', await stored.customer(away, DISTRICT_ID, customerId), {
        balanceCents: before.balanceCents - paid + sumCents,
        ytdPaymentCents: before.ytdPaymentCents + paid,
        paymentCount: before.paymentCount + (commits ? 1 : 0),
        deliveryCount: before.deliveryCount + 1,
      });
      run.equal('undelivered orders by district', await undeliveredAt(run, away), withoutOldest(undelivered));
      const lines = order.lines.map((line) => ({ ...line, isDelivered: true }));
      const delivered = { ...order, carrierId: CARRIER_ID, lines };
      run.equal('the order', await stored.order(away, DISTRICT_ID, order.orderId), delivered);
    },
  }),
);

export const DELIVERY_SCENARIOS: readonly Scenario[] = [...stoppedDelivery, ...stoppedPayment];
