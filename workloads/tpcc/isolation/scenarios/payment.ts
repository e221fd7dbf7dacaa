/** Isolation of Payments by one customer, made at two warehouses. Beyond the specification: its isolation tests have none. */
import type { Scenario } from '../scenario.ts';
import { AMOUNT_CENTS, CUSTOMER_ID, DISTRICT_ID, ENDINGS, OTHER_AMOUNT_CENTS, paymentBy } from './situations.ts';

/** Where the second Payment is made: where the customer lives, or where the first one is made. */
const PLACES = [
  { suffix: '', isAway: true, words: "at the customer's warehouse" },
  { suffix: ' remote', isAway: false, words: 'at another warehouse' },
] as const;

export const PAYMENT_SCENARIOS: readonly Scenario[] = PLACES.flatMap(({ suffix, isAway, words: place }) =>
  ENDINGS.map(
    ({ commits, stopAt, words }): Scenario => ({
      id: `3.4.1 payments, ${commits ? 'commit' : 'rollback'}${suffix}`,
      title: `a Payment ${place} meets another one of its customer ${words}`,
      async steps(run) {
        const { stored, homeWarehouseId: home, awayWarehouseId: away } = run.driver;
        const before = await stored.customer(away, DISTRICT_ID, CUSTOMER_ID);
        const first = paymentBy(away, DISTRICT_ID, CUSTOMER_ID);
        const second = paymentBy(away, DISTRICT_ID, CUSTOMER_ID, OTHER_AMOUNT_CENTS);
        const t1 = await run.begin('T1', home, 'payment', first, stopAt);
        const t2 = await run.begin('T2', isAway ? away : home, 'payment', second);
        const meeting = await t2.meet(t1);
        await t1.goOn();
        if (commits) await t1.committed();
        else await t1.rolledBack();
        const seen = (await t2.committed()).balanceCents;

        const paid = (commits ? AMOUNT_CENTS : 0) + OTHER_AMOUNT_CENTS;
        const alone = before.balanceCents - OTHER_AMOUNT_CENTS;
        const last = before.balanceCents - paid;
        if (meeting === 'completes') run.oneOf('C_BALANCE that T2 shows', seen, [alone, last]);
        else run.equal('C_BALANCE that T2 shows, which waited for T1', seen, last);
        run.equal('the customer', await stored.customer(away, DISTRICT_ID, CUSTOMER_ID), {
          ...before,
          balanceCents: last,
          ytdPaymentCents: before.ytdPaymentCents + paid,
          paymentCount: before.paymentCount + (commits ? 2 : 1),
        });
      },
    }),
  ),
);
