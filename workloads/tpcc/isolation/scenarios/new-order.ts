/** Isolation of New-Orders from each other: in one district (3.4.2.3, 3.4.2.4), and over the same stock. */
import type { Inputs, StoredStock } from '../driver.ts';
import type { Scenario, ScenarioRun } from '../scenario.ts';
import {
  CUSTOMER_ID,
  DISTRICT_ID,
  ENDINGS,
  enteredOrder,
  linesFrom,
  spreadOrder,
  withUnusedItem,
} from './situations.ts';

const inOneDistrict: Scenario = {
  id: '3.4.2.3',
  title: 'a New-Order meets another one of its customer that commits',
  async steps(run) {
    const { driver } = run;
    const { stored, homeWarehouseId: home } = driver;
    const before = await stored.district(home, DISTRICT_ID);
    const input = spreadOrder(driver);
    const t1 = await run.begin('T1', home, 'newOrder', input, 'beforeCommit');
    const t2 = await run.begin('T2', home, 'newOrder', input);
    const meeting = await t2.meet(t1);
    await t1.goOn();
    const first = await t1.committed();
    const second = await t2.committed();
    const orderIds = [first.orderId, second.orderId];
    const inTurn = [before.nextOrderId, before.nextOrderId + 1];
    if (meeting === 'completes') run.oneOf('the numbers of T1 and T2', orderIds, [inTurn, inTurn.toReversed()]);
    else run.equal('the numbers of T1 and of T2, which waited for T1', orderIds, inTurn);
    const after = await stored.district(home, DISTRICT_ID);
    run.equal('D_NEXT_O_ID', after.nextOrderId, before.nextOrderId + 2);
    for (const output of [first, second]) {
      const order = await stored.order(home, DISTRICT_ID, output.orderId);
      run.equal(`order ${output.orderId}`, order, enteredOrder(input, output));
    }
  },
};

const againstRollback: Scenario = {
  id: '3.4.2.4',
  title: 'a New-Order meets another one of its customer that rolls back for an unused item',
  async steps(run) {
    const { driver } = run;
    const { stored, homeWarehouseId: home } = driver;
    const before = await stored.district(home, DISTRICT_ID);
    const input = spreadOrder(driver);
    const t1 = await run.begin('T1', home, 'newOrder', withUnusedItem(input, driver), 'beforeRollback');
    const t2 = await run.begin('T2', home, 'newOrder', input);
    await t2.meet(t1);
    await t1.goOn();
    await t1.rolledBack();
    const output = await t2.committed();
    run.equal('the number of T2', output.orderId, before.nextOrderId);
    const after = await stored.district(home, DISTRICT_ID);
    run.equal('D_NEXT_O_ID', after.nextOrderId, before.nextOrderId + 1);
    run.equal('the order of T2', await stored.order(home, DISTRICT_ID, output.orderId), enteredOrder(input, output));
  },
};

const STOCK_ITEMS = [31, 32, 33];

/** Beyond the specification: the districts differ and the stock is the same, at the warehouse of the second New-Order. */
const overStock = ENDINGS.map(
  ({ commits, stopAt, words }): Scenario => ({
    id: commits ? '3.4.2.3 stock' : '3.4.2.4 stock',
    title: `a New-Order meets one of another warehouse over the same stock ${words}`,
    async steps(run) {
      const { homeWarehouseId: home, awayWarehouseId: away } = run.driver;
      const before = await stockOf(run, away);
      const input = {
        districtId: DISTRICT_ID,
        customerId: CUSTOMER_ID,
        lines: [...linesFrom(away, ...STOCK_ITEMS), ...linesFrom(home, 41, 42)],
      };
      const local = { ...input, lines: linesFrom(away, ...STOCK_ITEMS, 43, 44) };
      const t1 = await run.begin('T1', home, 'newOrder', input, stopAt);
      const t2 = await run.begin('T2', away, 'newOrder', local);
      await t2.meet(t1);
      await t1.goOn();
      if (commits) await t1.committed();
      else await t1.rolledBack();
      await t2.committed();
      const sales = commits ? [input, local] : [local];
      const expected = STOCK_ITEMS.map((itemId, i) => sold(itemId, before[i], sales, commits));
      run.equal('the stock of T1 and T2', await stockOf(run, away), expected);
    },
  }),
);

async function stockOf({ driver }: ScenarioRun, warehouseId: number): Promise<StoredStock[]> {
  const rows: StoredStock[] = [];
  for (const itemId of STOCK_ITEMS) rows.push(await driver.stored.stock(warehouseId, itemId));
  return rows;
}

/** 2.4.2.2; with equal quantities the order of the sales makes no difference. */
function sold(
  itemId: number,
  before: StoredStock,
  sales: readonly Inputs['newOrder'][],
  isRemoteSold: boolean,
): StoredStock {
  const after = { ...before };
  for (const { lines } of sales) {
    const ordered = lines.find((line) => line.itemId === itemId)?.quantity ?? 0;
    after.quantity -= after.quantity - ordered >= 10 ? ordered : ordered - 91;
    after.ytd += ordered;
    after.orderCount++;
  }
  if (isRemoteSold) after.remoteCount++;
  return after;
}

export const NEW_ORDER_SCENARIOS: readonly Scenario[] = [inOneDistrict, againstRollback, ...overStock];
