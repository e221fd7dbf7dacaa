/** Inputs and expectations that several scenarios have in common. */
import type { Inputs, IsolationDriver, LineInput, Outputs, StoredOrder } from '../driver.ts';
import type { ScenarioRun } from '../scenario.ts';

/** District and customer of whatever needs no other one. */
export const DISTRICT_ID = 4;
export const CUSTOMER_ID = 7;
export const CARRIER_ID = 3;
export const AMOUNT_CENTS = 123_456;
export const OTHER_AMOUNT_CENTS = 7_890;

/** The ways in which a transaction ends that was stopped. */
export const ENDINGS = [
  { commits: true, stopAt: 'beforeCommit', words: 'that commits' },
  { commits: false, stopAt: 'beforeRollback', words: 'that is rolled back' },
] as const;

/** Lines of an order of `warehouseId` for these items, each of which `supplierId` supplies. */
export function linesFrom(supplierId: number, ...itemIds: number[]): LineInput[] {
  return itemIds.map((itemId, i) => ({ itemId, supplyWarehouseId: supplierId, quantity: i + 1 }));
}

/** An order at home with lines from both warehouses: it takes part in both partitions. */
export function spreadOrder({ homeWarehouseId, awayWarehouseId }: IsolationDriver): Inputs['newOrder'] {
  const lines = [...linesFrom(homeWarehouseId, 11, 12, 13), ...linesFrom(awayWarehouseId, 21, 22)];
  return { districtId: DISTRICT_ID, customerId: CUSTOMER_ID, lines };
}

/** The same with an unused item at its end, for which it rolls back (2.4.1.4). */
export function withUnusedItem(
  input: Inputs['newOrder'],
  { items, homeWarehouseId }: IsolationDriver,
): Inputs['newOrder'] {
  return { ...input, lines: [...input.lines, ...linesFrom(homeWarehouseId, items + 1)] };
}

/** What a New-Order has stored (2.4.2.2). */
export function enteredOrder(input: Inputs['newOrder'], output: Outputs['newOrder']): StoredOrder {
  return {
    orderId: output.orderId,
    customerId: input.customerId,
    carrierId: null,
    lines: input.lines.map((line, i) => ({ ...line, amountCents: output.amountsCents[i], isDelivered: false })),
  };
}

/** A payment of the customer at a district of the terminal's warehouse. */
export const paymentBy = (
  customerWarehouseId: number,
  customerDistrictId: number,
  customerId: number,
  amountCents = AMOUNT_CENTS,
): Inputs['payment'] => ({ districtId: 2, customerWarehouseId, customerDistrictId, customerId, amountCents });

/** The order that a Delivery of the warehouse delivers next in a district, and what it is worth. */
export async function nextDelivery(
  run: ScenarioRun,
  warehouseId: number,
  districtId: number,
): Promise<{ order: StoredOrder; sumCents: number }> {
  const { stored } = run.driver;
  const [orderId] = await stored.undelivered(warehouseId, districtId);
  const order = orderId === undefined ? null : await stored.order(warehouseId, districtId, orderId);
  if (order === null)
    throw run.abandon(`district (${warehouseId}, ${districtId}) has no undelivered order to begin with`);
  return { order, sumCents: order.lines.reduce((sum, line) => sum + line.amountCents, 0) };
}

/** The customer's newest order. */
export async function orderStatusOf(
  run: ScenarioRun,
  name: string,
  warehouseId: number,
): Promise<Outputs['orderStatus']> {
  return run.perform(name, warehouseId, 'orderStatus', { districtId: DISTRICT_ID, customerId: CUSTOMER_ID });
}
