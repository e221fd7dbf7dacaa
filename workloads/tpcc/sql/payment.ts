/**
 * Payment (TPC-C 2.5.2) as statements: the customer in one round trip, everything that is written and the COMMIT in the
 * next, so that the warehouse's row, which all its payments want, is locked for one round trip alone.
 */
import { assert } from '../../../src/assert.ts';
import { COMMITTED, type Outcome } from '../../../src/bench/contract.ts';
import type { SqlTransaction } from '../../../src/bench/database/contract.ts';
import type { Row } from '../../../src/drivers/contract.ts';
import { decimalText } from '../../../src/drivers/decimal-text.ts';
import type { Terminal } from '../inputs.ts';
import { lastName } from '../random.ts';
import { type CustomerKey, perform, resultsOf, type Step, type TpccSteps } from './statements/steps.ts';

export interface PaymentOutput {
  outcome: Outcome;
  customerId: number;
  /** Afterwards. */
  balanceCents: number;
}

export async function payment(
  steps: TpccSteps,
  transaction: SqlTransaction,
  input: Terminal,
  nowMs: number,
): Promise<PaymentOutput> {
  const homeShard = transaction.shardOf(input.warehouseId);
  const customerShard = transaction.shardOf(input.customerWarehouseId);
  return homeShard === customerShard
    ? payOnOneShard(steps, transaction, input, nowMs, homeShard)
    : payOverShards(steps, transaction, input, nowMs, homeShard, customerShard);
}

async function payOnOneShard(
  steps: TpccSteps,
  transaction: SqlTransaction,
  input: Terminal,
  nowMs: number,
  shard: number,
): Promise<PaymentOutput> {
  const { warehouseId, districtId, amountCents } = input;
  const [{ rows }] = await perform(await transaction.on(shard), [lockCustomer(steps, input)]);
  const { customer, isBadCredit, balanceCents } = customerOf(input, rows);
  const calls = [
    ...steps.payCustomer(customer, amountCents, badCreditText(isBadCredit, customer, input)),
    ...steps.payWarehouse(warehouseId, amountCents),
    ...steps.payDistrict(warehouseId, districtId, amountCents),
    ...steps.enterHistory({ customer, warehouseId, districtId, dateMs: nowMs, amountCents, data: null }),
  ];
  await transaction.commit([{ shard, calls }]);
  return { outcome: COMMITTED, customerId: customer.customerId, balanceCents: balanceCents - amountCents };
}

/** Each shard's rows are locked before the next shard's, in ascending order. */
async function payOverShards(
  steps: TpccSteps,
  transaction: SqlTransaction,
  input: Terminal,
  nowMs: number,
  homeShard: number,
  customerShard: number,
): Promise<PaymentOutput> {
  const { warehouseId, districtId, amountCents } = input;
  let data = '';
  let rows: readonly Row[] = [];
  for (const shard of [homeShard, customerShard].sort((a, b) => a - b)) {
    const connection = await transaction.on(shard);
    if (shard === homeShard) {
      const home = [
        steps.payWarehouse(warehouseId, amountCents),
        steps.payDistrict(warehouseId, districtId, amountCents),
      ];
      const [warehouse, district] = resultsOf(home, await connection.executeAll(home.flat()));
      data = `${warehouse.rows[0][0]}    ${district.rows[0][0]}`;
    } else {
      [{ rows }] = await perform(connection, [lockCustomer(steps, input)]);
    }
  }
  const { customer, isBadCredit, balanceCents } = customerOf(input, rows);
  await transaction.commit([
    {
      shard: customerShard,
      calls: steps.payCustomer(customer, amountCents, badCreditText(isBadCredit, customer, input)),
    },
    {
      shard: homeShard,
      calls: steps.enterHistory({ customer, warehouseId, districtId, dateMs: nowMs, amountCents, data }),
    },
  ]);
  return { outcome: COMMITTED, customerId: customer.customerId, balanceCents: balanceCents - amountCents };
}

function lockCustomer(steps: TpccSteps, input: Terminal): Step {
  const { customerWarehouseId: warehouseId, customerDistrictId: districtId, customerId, lastNameNumber } = input;
  return lastNameNumber < 0
    ? steps.lockCustomer({ warehouseId, districtId, customerId })
    : steps.lockCustomerByName(warehouseId, districtId, lastName(lastNameNumber));
}

function customerOf(input: Terminal, rows: readonly Row[]) {
  const { customerWarehouseId: warehouseId, customerDistrictId: districtId } = input;
  const [row] = rows;
  assert(row !== undefined, `no customer for a payment in (${warehouseId}, ${districtId})`);
  const [customerId, credit, balanceCents] = row as [number, string, number];
  return { customer: { warehouseId, districtId, customerId }, isBadCredit: credit === 'BC', balanceCents };
}

/** What goes in front of C_DATA: 2.5.2.2. */
function badCreditText(isBadCredit: boolean, customer: CustomerKey, input: Terminal): string | null {
  if (!isBadCredit) return null;
  const { customerId, districtId, warehouseId } = customer;
  const numbers = [customerId, districtId, warehouseId, input.districtId, input.warehouseId];
  return `${numbers.join(' ')} ${decimalText(input.amountCents, 2)} `;
}
