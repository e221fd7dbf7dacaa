/** TPC-C at the terminals of one database session: inputs, transactions, the queue of deferred deliveries, counters. */
import { assert } from '../../../src/assert.ts';
import { type Outcome, QUEUED } from '../../../src/bench/contract.ts';
import type { DatabaseSession, SessionPlacement, SqlTransaction } from '../../../src/bench/database/contract.ts';
import type { WorkloadOptions } from '../../../src/config/run-config.ts';
import { COUNTER_NAMES, countDelivery, countInput } from '../counters.ts';
import { DELIVERY_TYPE, type Mix, NEW_ORDER_TYPE, ORDER_STATUS_TYPE, PAYMENT_TYPE } from '../deck.ts';
import { DeliveryQueue } from '../delivery-queue.ts';
import { type InputRules, Terminal } from '../inputs.ts';
import { FULL_SCALE, type Scale } from '../specification.ts';
import { runConstants } from './loaded-data.ts';
import type { Transactions } from './transactions.ts';

export class SqlSession implements DatabaseSession {
  readonly counters = new Float64Array(COUNTER_NAMES.length);
  private readonly terminals: readonly Terminal[];
  private readonly transactions: Transactions;
  private readonly queue = new DeliveryQueue();

  constructor(
    placement: SessionPlacement,
    transactions: Transactions,
    newMix: () => Mix,
    options: WorkloadOptions,
    scale: Scale = FULL_SCALE,
  ) {
    const { seed, totalWarehouses, loadFacts, terminals } = placement;
    const rules: InputRules = {
      scale,
      totalWarehouses,
      constants: runConstants(seed, loadFacts),
      remoteItemPct: options['remoteItemPct'],
      remotePaymentPct: options['remotePaymentPct'],
    };
    this.transactions = transactions;
    this.terminals = terminals.map(
      ({ warehouseId, terminal }) => new Terminal(seed, warehouseId, terminal, newMix(), rules),
    );
  }

  draw(terminal: number): number {
    return this.terminals[terminal].draw();
  }

  count(terminal: number): void {
    countInput(this.counters, this.terminals[terminal]);
  }

  async execute(terminal: number, transaction: SqlTransaction, nowMs: number): Promise<Outcome> {
    const input = this.terminals[terminal];
    switch (input.type) {
      case NEW_ORDER_TYPE:
        return (await this.transactions.newOrder(transaction, input, nowMs)).outcome;
      case PAYMENT_TYPE:
        return (await this.transactions.payment(transaction, input, nowMs)).outcome;
      case ORDER_STATUS_TYPE:
        return (await this.transactions.orderStatus(transaction, input)).outcome;
      case DELIVERY_TYPE:
        this.queue.push(input.warehouseId, input.carrierId);
        return QUEUED;
      default:
        return (await this.transactions.stockLevel(transaction, input)).outcome;
    }
  }

  get deferredCount(): number {
    return this.queue.length;
  }

  async executeDeferred(transaction: SqlTransaction, nowMs: number): Promise<void> {
    const { queue } = this;
    assert(queue.length > 0, 'a Delivery is queued');
    const { skippedDistricts } = await this.transactions.delivery(
      transaction,
      queue.warehouseId,
      queue.carrierId,
      nowMs,
    );
    queue.shift();
    countDelivery(this.counters, FULL_SCALE.districtsPerWarehouse, skippedDistricts);
  }

  dropDeferred(): void {
    this.queue.shift();
  }
}
