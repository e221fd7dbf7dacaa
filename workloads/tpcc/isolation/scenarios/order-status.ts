/** Isolation of Order-Status from New-Order (3.4.2.1, 3.4.2.2), and from a Payment of its customer, which it shows too. */
import type { Scenario } from '../scenario.ts';
import {
  CUSTOMER_ID,
  DISTRICT_ID,
  ENDINGS,
  enteredOrder,
  orderStatusOf,
  paymentBy,
  spreadOrder,
} from './situations.ts';

const orderStatusInput = { districtId: DISTRICT_ID, customerId: CUSTOMER_ID };

const againstNewOrder: Scenario = {
  id: '3.4.2.1',
  title: 'Order-Status meets a New-Order of its customer that commits',
  async steps(run) {
    const { driver } = run;
    const home = driver.homeWarehouseId;
    const before = await orderStatusOf(run, 'T0', home);
    const input = spreadOrder(driver);
    const t1 = await run.begin('T1', home, 'newOrder', input, 'beforeCommit');
    const t2 = await run.begin('T2', home, 'orderStatus', orderStatusInput);
    const meeting = await t2.meet(t1);
    await t1.goOn();
    const order = enteredOrder(input, await t1.committed());
    run.equal('the order of T1', await driver.stored.order(home, DISTRICT_ID, order.orderId), order);
    const seen = (await t2.committed()).order;
    if (meeting === 'completes') run.oneOf('the order that T2 shows', seen, [before.order, order]);
    else run.equal('the order that T2 shows, which waited for T1', seen, order);
    const afterwards = await orderStatusOf(run, 'T3', home);
    run.equal('the order that T3 shows, which began after T1', afterwards.order, order);
  },
};

const againstRollback: Scenario = {
  id: '3.4.2.2',
  title: 'Order-Status meets a New-Order of its customer that is rolled back',
  async steps(run) {
    const { driver } = run;
    const home = driver.homeWarehouseId;
    const before = await orderStatusOf(run, 'T0', home);
    const t1 = await run.begin('T1', home, 'newOrder', spreadOrder(driver), 'beforeRollback');
    const t2 = await run.begin('T2', home, 'orderStatus', orderStatusInput);
    await t2.meet(t1);
    await t1.goOn();
    await t1.rolledBack();
    run.equal('what T2 shows', await t2.committed(), before);
    run.equal('what T3 shows', await orderStatusOf(run, 'T3', home), before);
  },
};

/** Beyond the specification. The Payment is made at another warehouse, so that two partitions take part. */
const againstPayment = ENDINGS.map(
  ({ commits, stopAt, words }): Scenario => ({
    id: commits ? '3.4.2.1 payment' : '3.4.2.2 payment',
    title: `Order-Status meets a Payment of its customer, made at another warehouse, ${words}`,
    async steps(run) {
      const { homeWarehouseId: home, awayWarehouseId: away } = run.driver;
      const before = await orderStatusOf(run, 'T0', away);
      const input = paymentBy(away, DISTRICT_ID, CUSTOMER_ID);
      const t1 = await run.begin('T1', home, 'payment', input, stopAt);
      const t2 = await run.begin('T2', away, 'orderStatus', orderStatusInput);
      const meeting = await t2.meet(t1);
      await t1.goOn();
      if (commits) await t1.committed();
      else await t1.rolledBack();
      const after = { ...before, balanceCents: before.balanceCents - (commits ? input.amountCents : 0) };
      const seen = await t2.committed();
      if (meeting === 'completes') run.oneOf('what T2 shows', seen, [before, after]);
      else run.equal('what T2 shows, which waited for T1', seen, after);
      run.equal('what T3 shows, which began after T1', await orderStatusOf(run, 'T3', away), after);
    },
  }),
);

export const ORDER_STATUS_SCENARIOS: readonly Scenario[] = [againstNewOrder, againstRollback, ...againstPayment];
