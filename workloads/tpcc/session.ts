/**
 * TPC-C in one worker, on one partition of the embedded engine: terminals, their inputs, the procedures, the queue of
 * deferred deliveries, and the counters of the audit.
 */
import { assert } from '../../src/assert.ts';
import {
  COMMITTED,
  type ExportTable,
  type LoadProgress,
  type Outcome,
  type PartialCheck,
  type PartitionPlacement,
  QUEUED,
  USER_ABORT,
  type WorkloadSession,
} from '../../src/bench/contract.ts';
import type { Partition } from '../../src/engine/partition.ts';
import { PartitionRowSink } from '../../src/engine/row-sink.ts';
import type { Transaction } from '../../src/engine/transaction.ts';
import { checkPartition } from './checks/partition-checks.ts';
import { COUNTER, COUNTER_NAMES } from './counters.ts';
import { DELIVERY_TYPE, type Mix, NEW_ORDER_TYPE, ORDER_STATUS_TYPE, PAYMENT_TYPE } from './deck.ts';
import { DeliveryQueue } from './delivery-queue.ts';
import { exportTables } from './export.ts';
import { type InputRules, Terminal } from './inputs.ts';
import { expectedRows, Population } from './population.ts';
import { CustomerLookup } from './procedures/customer-lookup.ts';
import { Delivery } from './procedures/delivery.ts';
import { NewOrder } from './procedures/new-order.ts';
import { OrderStatus } from './procedures/order-status.ts';
import { Payment } from './procedures/payment.ts';
import { StockLevel } from './procedures/stock-level.ts';
import { openTables } from './procedures/tables.ts';
import { DISTRICT, TABLES } from './schema.ts';
import type { Scale } from './specification.ts';

export class TpccSession implements WorkloadSession {
  readonly counters = new Float64Array(COUNTER_NAMES.length);
  readonly terminals: Terminal[] = [];
  readonly newOrder: NewOrder;
  readonly payment: Payment;
  readonly orderStatus: OrderStatus;
  readonly delivery: Delivery;
  readonly stockLevel: StockLevel;
  private readonly partition: Partition;
  private readonly placement: PartitionPlacement;
  private readonly scale: Scale;
  private readonly transaction: Transaction;
  private readonly deliveryQueue = new DeliveryQueue();

  /** @param newMix makes the mix of one terminal */
  constructor(partition: Partition, placement: PartitionPlacement, rules: InputRules, newMix: () => Mix) {
    this.partition = partition;
    this.placement = placement;
    this.scale = rules.scale;
    createTables(partition, placement, rules.scale);
    const tables = openTables(partition);
    this.transaction = partition.newTransaction();
    const lookup = new CustomerLookup(tables);
    this.newOrder = new NewOrder(tables, this.transaction);
    this.payment = new Payment(tables, lookup, this.transaction);
    this.orderStatus = new OrderStatus(tables, lookup);
    this.delivery = new Delivery(tables, this.transaction, rules.scale.districtsPerWarehouse);
    this.stockLevel = new StockLevel(tables);
    for (let warehouse = placement.firstWarehouse; warehouse <= placement.lastWarehouse; warehouse++) {
      for (let terminal = 0; terminal < placement.terminalsPerWarehouse; terminal++) {
        this.terminals.push(new Terminal(placement.seed, warehouse, terminal, newMix(), rules));
      }
    }
  }

  load(progress: LoadProgress): void {
    const { firstWarehouse, lastWarehouse, seed } = this.placement;
    const sink = new PartitionRowSink(this.partition);
    const population = new Population(sink, seed, this.scale);
    const total = expectedRows(this.scale, lastWarehouse - firstWarehouse + 1, true);
    population.loadInfo(firstWarehouse, lastWarehouse);
    population.loadItems();
    for (let warehouse = firstWarehouse; warehouse <= lastWarehouse; warehouse++) {
      population.loadWarehouse(warehouse, () => progress(sink.rows, total));
    }
    progress(sink.rows, sink.rows);
  }

  draw(terminal: number): number {
    return this.terminals[terminal].draw();
  }

  start(terminal: number, nowMs: number): Outcome {
    const input = this.terminals[terminal];
    const { counters } = this;
    switch (input.type) {
      case NEW_ORDER_TYPE:
        counters[COUNTER.newOrders]++;
        counters[COUNTER.orderLines] += input.lineCount;
        counters[COUNTER.remoteOrderLines] += input.remoteLineCount;
        if (this.newOrder.execute(input, nowMs)) return COMMITTED;
        counters[COUNTER.newOrdersRolledBack]++;
        return USER_ABORT;
      case PAYMENT_TYPE:
        counters[COUNTER.payments]++;
        if (input.customerWarehouseId !== input.warehouseId) counters[COUNTER.remotePayments]++;
        if (input.lastNameNumber >= 0) counters[COUNTER.paymentsByLastName]++;
        return this.payment.execute(input, nowMs) ? COMMITTED : USER_ABORT;
      case ORDER_STATUS_TYPE:
        counters[COUNTER.orderStatuses]++;
        if (input.lastNameNumber >= 0) counters[COUNTER.orderStatusesByLastName]++;
        return this.orderStatus.execute(input) ? COMMITTED : USER_ABORT;
      case DELIVERY_TYPE:
        counters[COUNTER.deliveries]++;
        this.deliveryQueue.push(input.warehouseId, input.carrierId);
        return QUEUED;
      default:
        counters[COUNTER.stockLevels]++;
        this.stockLevel.execute(input);
        return COMMITTED;
    }
  }

  lastCrossedShards(): boolean {
    return false;
  }

  runDeferred(nowMs: number): boolean {
    const { deliveryQueue, counters } = this;
    if (deliveryQueue.length === 0) return false;
    this.delivery.execute(deliveryQueue.warehouseId, deliveryQueue.carrierId, nowMs);
    deliveryQueue.shift();
    counters[COUNTER.deliveredDistricts] += this.scale.districtsPerWarehouse;
    counters[COUNTER.skippedDistricts] += this.delivery.skippedDistricts;
    if (this.delivery.skippedDistricts > 0) counters[COUNTER.deliveriesWithSkips]++;
    counters[COUNTER.deliveriesExecuted]++;
    return true;
  }

  /** Undoes what an operating fault (the memory limit) interrupted. */
  abandon(): void {
    this.transaction.abort();
  }

  check(): PartialCheck {
    assert(this.deliveryQueue.length === 0, 'conditions are checked at rest');
    return checkPartition(this.partition, this.scale);
  }

  exportTables(): ExportTable[] {
    return exportTables(this.partition);
  }
}

/** Creates the empty tables, sized so that the load does not grow a hash index. */
export function createTables(partition: Partition, placement: PartitionPlacement, scale: Scale): void {
  const warehouses = placement.lastWarehouse - placement.firstWarehouse + 1;
  const districts = warehouses * scale.districtsPerWarehouse;
  const rows: Record<string, number> = {
    WAREHOUSE: warehouses,
    [DISTRICT.name]: districts,
    CUSTOMER: districts * scale.customersPerDistrict,
    ITEM: scale.items,
    STOCK: warehouses * scale.items,
  };
  for (const table of TABLES) partition.createTable({ ...table, expectedRows: rows[table.name] ?? 0 });
}
