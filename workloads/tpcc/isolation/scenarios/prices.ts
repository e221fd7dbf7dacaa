/** Repeatable reads of I_PRICE while somebody changes it (3.4.2.7). */
import type { Scenario } from '../scenario.ts';
import { CUSTOMER_ID, DISTRICT_ID } from './situations.ts';

const X = 51;
const Y = 52;

const repeatableReads: Scenario = {
  id: '3.4.2.7',
  title: 'a New-Order reads the price of an item twice while it is raised',
  changesPrices: true,
  async steps(run) {
    const { homeWarehouseId: home } = run.driver;
    const { pricesCents: before } = await run.perform('T1', home, 'readPrices', { itemIds: [X, Y] });
    const lines = [X, X, Y, 53, 54].map((itemId) => ({ itemId, supplyWarehouseId: home, quantity: 1 }));
    const input = { districtId: DISTRICT_ID, customerId: CUSTOMER_ID, lines };
    const t2 = await run.begin('T2', home, 'newOrder', input, 'afterFirstRead');
    const t3 = await run.begin('T3', home, 'raisePrices', { itemIds: [X, Y] });
    const meeting = await t3.meet(t2);
    await t2.goOn();
    const seen = (await t2.committed()).amountsCents.slice(0, 3);
    const { pricesCents: raised } = await t3.committed();
    run.equal(
      'prices that T3 sets',
      raised,
      before.map((price) => Math.floor((price * 11) / 10)),
    );

    const [oldX, oldY] = before;
    const [newX, newY] = raised;
    // One that is undone and tries again may come after T3: its reads agree then, too.
    const inTurn = [
      [oldX, oldX, oldY],
      [newX, newX, newY],
    ];
    if (meeting === 'waits') run.equal('prices that T2 reads, for which T3 waited', seen, inTurn[0]);
    else run.oneOf('prices that T2 reads', seen, inTurn);
    const afterwards = await run.perform('T4', home, 'readPrices', { itemIds: [X, Y] });
    run.equal('prices that T4 reads', afterwards.pricesCents, raised);
  },
};

export const PRICE_SCENARIOS: readonly Scenario[] = [repeatableReads];
