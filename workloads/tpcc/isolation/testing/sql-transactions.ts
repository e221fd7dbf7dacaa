/**
 * The transactions of the isolation tests as statements: those of a run, and around them the reads that tests want twice. A
 * run reads each price and each order once, and a database shows what it does to a second read only where there is one.
 */
import { assert } from '../../../../src/assert.ts';
import { type Connection, INTEGER, MONEY, type Statement } from '../../../../src/drivers/contract.ts';
import { Deck } from '../../deck.ts';
import { Terminal } from '../../inputs.ts';
import { drawConstants } from '../../random.ts';
import { delivery } from '../../sql/delivery.ts';
import { newOrder } from '../../sql/new-order.ts';
import { orderStatus } from '../../sql/order-status.ts';
import { payment } from '../../sql/payment.ts';
import { perform, type TpccSteps } from '../../sql/statements/steps.ts';
import { stockLevel } from '../../sql/stock-level.ts';
import { RUN_INSTANT_MS, TINY_SCALE } from '../../testing/database.ts';
import type { Outputs, RepeatedRead, TransactionType } from '../driver.ts';
import { storedLine } from './sql-data.ts';
import { WAREHOUSES } from './sql-sessions.ts';
import type { SteppedTransaction } from './stepped-transaction.ts';
import { type TypedInput, typeInput } from './typed-input.ts';

const SEED = 1;

const SET_PRICE: Statement = {
  name: 'set a price',
  text: 'UPDATE item SET i_price = $2 WHERE i_id = $1',
  parameters: [INTEGER, MONEY],
  columns: [],
};

function terminalOf(warehouseId: number, typed: TypedInput): Terminal {
  const rules = {
    scale: TINY_SCALE,
    totalWarehouses: WAREHOUSES.length,
    constants: drawConstants(SEED),
    remoteItemPct: 0,
    remotePaymentPct: 0,
  };
  const terminal = new Terminal(SEED, warehouseId, 0, new Deck(), rules);
  typeInput(terminal, typed, TINY_SCALE.items);
  return terminal;
}

/** One attempt. @returns what the terminal is shown */
export async function execute(
  steps: TpccSteps,
  transaction: SteppedTransaction,
  warehouseId: number,
  typed: TypedInput,
): Promise<Outputs[TransactionType]> {
  switch (typed.type) {
    case 'newOrder':
      return enter(steps, transaction, terminalOf(warehouseId, typed));
    case 'payment': {
      const { balanceCents } = await payment(steps, transaction, terminalOf(warehouseId, typed), RUN_INSTANT_MS);
      return { balanceCents };
    }
    case 'delivery': {
      const { districtId, carrierId } = typed.input;
      const oldestOrderId = await readTwice(transaction, async (connection) => {
        const [{ rows }] = await perform(connection, [steps.oldestNewOrders(warehouseId)]);
        return (rows.find(([district]) => district === districtId)?.[1] as number | undefined) ?? null;
      });
      const { skippedDistricts } = await delivery(steps, transaction, warehouseId, carrierId, RUN_INSTANT_MS);
      return { skippedDistricts, oldestOrderId };
    }
    case 'orderStatus': {
      const newestOrderId = await readTwice(transaction, async (connection) => {
        const [{ rows }] = await perform(connection, [steps.readCustomer({ warehouseId, ...typed.input })]);
        return rows[0][5] as number | null;
      });
      const shown = await orderStatus(steps, transaction, terminalOf(warehouseId, typed));
      const { customerId, balanceCents, order } = shown;
      const lines = order?.lines.map(storedLine) ?? [];
      return { balanceCents, order: order === null ? null : { ...order, customerId, lines }, newestOrderId };
    }
    case 'stockLevel': {
      const { lowStock } = await stockLevel(steps, transaction, terminalOf(warehouseId, typed));
      return { lowStock };
    }
    default:
      return prices(steps, transaction, typed.input.itemIds, typed.type === 'raisePrices');
  }
}

/** Where it is to stop after a read: the same read before and after. */
async function readTwice(
  transaction: SteppedTransaction,
  read: (connection: Connection) => Promise<number | null>,
): Promise<RepeatedRead | null> {
  if (!transaction.readsTwice) return null;
  const connection = await transaction.on();
  const first = await read(connection);
  await transaction.hasRead();
  return { first, again: await read(connection) };
}

/** The price of the first line is what a read before the others has found, where there is one. */
async function enter(steps: TpccSteps, transaction: SteppedTransaction, input: Terminal): Promise<Outputs['newOrder']> {
  let firstCents: number | null = null;
  if (transaction.readsTwice) {
    const [{ rows }] = await perform(await transaction.on(), [steps.readItems([input.itemIds[0]])]);
    firstCents = (rows[0][1] as number) * input.quantities[0];
    await transaction.hasRead();
  }
  const { orderId, amountsCents } = await newOrder(steps, transaction, input, RUN_INSTANT_MS);
  return { orderId, amountsCents: firstCents === null ? amountsCents : [firstCents, ...amountsCents.slice(1)] };
}

async function prices(
  steps: TpccSteps,
  transaction: SteppedTransaction,
  itemIds: readonly number[],
  raises: boolean,
): Promise<Outputs['readPrices']> {
  const connection = await transaction.on();
  const [{ rows }] = await perform(connection, [steps.readItems(itemIds)]);
  const read = itemIds.map((itemId) => {
    const row = rows.find(([id]) => id === itemId);
    assert(row !== undefined, `there is an item ${itemId}`);
    return row[1] as number;
  });
  const raised = read.map((cents) => Math.floor((cents * 11) / 10));
  const writes = raised.map((cents, i) => ({ statement: SET_PRICE, parameters: [itemIds[i], cents] }));
  await transaction.commit(raises ? [{ shard: 0, calls: writes }] : []);
  return { pricesCents: raises ? raised : read };
}
