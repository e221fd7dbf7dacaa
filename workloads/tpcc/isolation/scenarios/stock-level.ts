/**
 * Isolation of Stock-Level from a New-Order of another warehouse. Beyond the specification, which lets Stock-Level see what
 * commits meanwhile, and never what is not committed (3.4.1, table of the levels).
 */
import type { LineInput } from '../driver.ts';
import type { Scenario, ScenarioRun } from '../scenario.ts';
import { CUSTOMER_ID, DISTRICT_ID, ENDINGS, linesFrom } from './situations.ts';

const THRESHOLD = 20;
const ORDERS = 20;
const MOST_QUANTITY = 10;

/** Lines that take items, which a Stock-Level of the district looks at, below its threshold without a refill. */
async function lowering({ driver }: ScenarioRun, warehouseId: number): Promise<LineInput[]> {
  const { stored } = driver;
  const { nextOrderId } = await stored.district(warehouseId, DISTRICT_ID);
  const found = new Map<number, LineInput>();
  for (let orderId = Math.max(1, nextOrderId - ORDERS); orderId < nextOrderId; orderId++) {
    const order = await stored.order(warehouseId, DISTRICT_ID, orderId);
    for (const { itemId } of order?.lines ?? []) {
      const { quantity } = await stored.stock(warehouseId, itemId);
      const ordered = quantity - THRESHOLD + 1;
      if (ordered < 1 || ordered > MOST_QUANTITY) continue;
      found.set(itemId, { itemId, supplyWarehouseId: warehouseId, quantity: ordered });
    }
  }
  return [...found.values()].slice(0, 5);
}

export const STOCK_LEVEL_SCENARIOS: readonly Scenario[] = ENDINGS.map(
  ({ commits, stopAt, words }): Scenario => ({
    id: `3.4.1 stock level, ${commits ? 'commit' : 'rollback'}`,
    title: `a Stock-Level meets a New-Order of another warehouse over its stock ${words}`,
    async steps(run) {
      const { homeWarehouseId: home, awayWarehouseId: away } = run.driver;
      const lowered = await lowering(run, away);
      if (lowered.length < 2) throw run.abandon('too few items can be taken below the threshold');
      const level = { districtId: DISTRICT_ID, threshold: THRESHOLD };
      const before = (await run.perform('T0', away, 'stockLevel', level)).lowStock;
      const lines = [...lowered, ...linesFrom(home, 71, 72, 73)];
      const input = { districtId: DISTRICT_ID, customerId: CUSTOMER_ID, lines };
      const t1 = await run.begin('T1', home, 'newOrder', input, stopAt);
      const t2 = await run.begin('T2', away, 'stockLevel', level);
      const meeting = await t2.meet(t1);
      await t1.goOn();
      if (commits) await t1.committed();
      else await t1.rolledBack();
      const after = before + (commits ? lowered.length : 0);
      const { lowStock } = await t2.committed();
      if (meeting === 'completes') run.oneOf('what T2 counts', lowStock, [before, after]);
      else run.equal('what T2 counts, which waited for T1', lowStock, after);
      run.equal('what T3 counts', (await run.perform('T3', away, 'stockLevel', level)).lowStock, after);
    },
  }),
);
