/** Atomicity (3.2.2): of a Payment that commits and one that does not, and of a New-Order over shards that does not. */
import type { IsolationDriver } from '../driver.ts';
import type { Scenario, ScenarioRun } from '../scenario.ts';
import { CUSTOMER_ID, DISTRICT_ID, paymentBy, spreadOrder, withUnusedItem } from './situations.ts';

/** Where the customer of the Payment lives. */
const CUSTOMERS = [
  { suffix: '', words: 'of the own warehouse', warehouseOf: (driver: IsolationDriver) => driver.homeWarehouseId },
  {
    suffix: ' remote',
    words: 'of another warehouse',
    warehouseOf: (driver: IsolationDriver) => driver.awayWarehouseId,
  },
] as const;

async function booksOf({ driver }: ScenarioRun, customerWarehouseId: number, districtId: number) {
  const { stored, homeWarehouseId } = driver;
  return {
    warehouse: await stored.warehouse(homeWarehouseId),
    district: await stored.district(homeWarehouseId, districtId),
    customer: await stored.customer(customerWarehouseId, DISTRICT_ID, CUSTOMER_ID),
    payments: await stored.payments(homeWarehouseId, districtId),
  };
}

const committedPayments = CUSTOMERS.map(
  ({ suffix, words, warehouseOf }): Scenario => ({
    id: `3.2.2.1${suffix}`,
    title: `a Payment by a customer ${words} commits, and is in all of its rows`,
    async steps(run) {
      const { driver } = run;
      const warehouseId = warehouseOf(driver);
      const input = paymentBy(warehouseId, DISTRICT_ID, CUSTOMER_ID);
      const before = await booksOf(run, warehouseId, input.districtId);
      const amount = input.amountCents;
      const output = await run.perform('T1', driver.homeWarehouseId, 'payment', input);
      run.equal('C_BALANCE that T1 shows', output.balanceCents, before.customer.balanceCents - amount);
      run.equal('the rows of T1', await booksOf(run, warehouseId, input.districtId), {
        warehouse: { ytdCents: before.warehouse.ytdCents + amount },
        district: { ...before.district, ytdCents: before.district.ytdCents + amount },
        customer: {
          ...before.customer,
          balanceCents: before.customer.balanceCents - amount,
          ytdPaymentCents: before.customer.ytdPaymentCents + amount,
          paymentCount: before.customer.paymentCount + 1,
        },
        payments: { count: before.payments.count + 1, sumCents: before.payments.sumCents + amount },
      });
    },
  }),
);

const rolledBackPayments = CUSTOMERS.map(
  ({ suffix, words, warehouseOf }): Scenario => ({
    id: `3.2.2.2${suffix}`,
    title: `a Payment by a customer ${words} is rolled back, and leaves nothing`,
    async steps(run) {
      const { driver } = run;
      const before = await driver.stored.everything();
      const input = paymentBy(warehouseOf(driver), DISTRICT_ID, CUSTOMER_ID);
      const t1 = await run.begin('T1', driver.homeWarehouseId, 'payment', input, 'beforeRollback');
      await t1.goOn();
      await t1.rolledBack();
      await expectUnchanged(run, before);
    },
  }),
);

const rolledBackOrder: Scenario = {
  id: '2.4.2.3',
  title: 'a New-Order with lines from another warehouse and an unused item leaves nothing at either',
  async steps(run) {
    const { driver } = run;
    const before = await driver.stored.everything();
    const input = withUnusedItem(spreadOrder(driver), driver);
    for (const name of ['T1', 'T2']) {
      const order = await run.begin(name, driver.homeWarehouseId, 'newOrder', input);
      await order.rolledBack();
      await expectUnchanged(run, before);
    }
  },
};

async function expectUnchanged(run: ScenarioRun, before: Record<string, string>): Promise<void> {
  const after = await run.driver.stored.everything();
  run.equal('tables with rows', Object.values(before).filter((text) => text !== '').length > 0, true);
  const changed = Object.keys({ ...before, ...after }).filter((table) => before[table] !== after[table]);
  run.equal('tables that a rollback leaves changed', changed, []);
}

export const ATOMICITY_SCENARIOS: readonly Scenario[] = [...committedPayments, ...rolledBackPayments, rolledBackOrder];
