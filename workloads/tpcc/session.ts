/**
 * TPC-C in one worker, on one partition of the embedded engine: terminals, their inputs, the procedures, the queue of
 * deferred deliveries, and the counters of the audit.
 */
import { assert } from '../../src/assert.ts';
import {
  COMMITTED,
  type ExportTable,
  type FragmentCall,
  type LoadProgress,
  type Outcome,
  type PartialCheck,
  type PartitionPlacement,
  PENDING,
  QUEUED,
  type RemoteFragments,
  type WorkloadSession,
} from '../../src/bench/contract.ts';
import type { Partition } from '../../src/engine/partition.ts';
import { PartitionRowSink } from '../../src/engine/row-sink.ts';
import type { SharedTable } from '../../src/engine/table.ts';
import type { Transaction } from '../../src/engine/transaction.ts';
import { checkPartition } from './checks/partition-checks.ts';
import { COUNTER_NAMES, countDelivery, countInput } from './counters.ts';
import { DELIVERY_TYPE, type Mix, NEW_ORDER_TYPE, ORDER_STATUS_TYPE, PAYMENT_TYPE } from './deck.ts';
import { DeliveryQueue } from './delivery-queue.ts';
import { exportTables } from './export.ts';
import { type InputRules, Terminal } from './inputs.ts';
import { expectedRows, Population } from './population.ts';
import { CustomerLookup } from './procedures/customer-lookup.ts';
import { CustomerPayment } from './procedures/customer-payment.ts';
import { Delivery } from './procedures/delivery.ts';
import { NewOrder } from './procedures/new-order.ts';
import { OrderStatus } from './procedures/order-status.ts';
import { Payment } from './procedures/payment.ts';
import { RemoteCustomer, RemoteCustomerFragment } from './procedures/remote-customer.ts';
import { RemoteLines, RemoteLinesFragment } from './procedures/remote-lines.ts';
import { StockLevel } from './procedures/stock-level.ts';
import { openTables } from './procedures/tables.ts';
import { packReceipt } from './receipt.ts';
import { ITEM, TABLES } from './schema.ts';
import { FEWEST_LINES, MOST_LINES, type Scale } from './specification.ts';

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
  private readonly remoteLinesFragment: RemoteLinesFragment;
  private readonly remoteCustomerFragment: RemoteCustomerFragment;
  private readonly remoteCustomer = new RemoteCustomer();
  /** By terminal, made when it first has a line elsewhere. */
  private readonly remoteLines: RemoteLines[] = [];
  private remote: RemoteFragments | null = null;

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
    const customerPayment = new CustomerPayment(tables);
    this.payment = new Payment(tables, lookup, customerPayment, this.transaction);
    this.remoteLinesFragment = new RemoteLinesFragment(tables);
    this.remoteCustomerFragment = new RemoteCustomerFragment(tables, lookup, customerPayment);
    this.orderStatus = new OrderStatus(tables, lookup);
    this.delivery = new Delivery(tables, this.transaction, rules.scale.districtsPerWarehouse);
    this.stockLevel = new StockLevel(tables);
    for (let warehouse = placement.firstWarehouse; warehouse <= placement.lastWarehouse; warehouse++) {
      for (let terminal = 0; terminal < placement.terminalsPerWarehouse; terminal++) {
        this.terminals.push(new Terminal(placement.seed, warehouse, terminal, newMix(), rules));
      }
    }
  }

  /** ITEM is the same everywhere. */
  loadShared(): { shared: SharedTable; rows: number } {
    const sink = new PartitionRowSink(this.partition);
    new Population(sink, this.placement.seed, this.scale).loadItems();
    return { shared: this.partition.table(ITEM.name).share(), rows: sink.rows };
  }

  load(progress: LoadProgress, shared: unknown): void {
    const { firstWarehouse, lastWarehouse, seed } = this.placement;
    this.adoptShared(shared);
    const sink = new PartitionRowSink(this.partition);
    const population = new Population(sink, seed, this.scale);
    const total = expectedRows(this.scale, lastWarehouse - firstWarehouse + 1);
    population.loadInfo(firstWarehouse, lastWarehouse);
    for (let warehouse = firstWarehouse; warehouse <= lastWarehouse; warehouse++) {
      population.loadWarehouse(warehouse, () => progress(sink.rows, total));
    }
    progress(sink.rows, sink.rows);
  }

  adoptShared(shared: unknown): void {
    if (shared !== null) this.partition.table(ITEM.name).adopt(shared as SharedTable);
  }

  /** Of a New-Order: its warehouse, district and number, and how many lines it has. */
  receipt(terminal: number): number {
    const { type, warehouseId, districtId, lineCount } = this.terminals[terminal];
    if (type !== NEW_ORDER_TYPE) return Number.NaN;
    return packReceipt(warehouseId, districtId, this.newOrder.output.orderId, lineCount);
  }

  connect(remote: RemoteFragments): void {
    this.remote = remote;
  }

  draw(terminal: number): number {
    return this.terminals[terminal].draw();
  }

  start(terminal: number, nowMs: number): Outcome {
    const input = this.terminals[terminal];
    countInput(this.counters, input);
    return this.execute(input, nowMs);
  }

  retry(terminal: number, nowMs: number): Outcome {
    return this.execute(this.terminals[terminal], nowMs);
  }

  private execute(input: Terminal, nowMs: number): Outcome {
    switch (input.type) {
      case NEW_ORDER_TYPE:
        if (input.remoteLineCount > 0 && this.sendLines(input)) return PENDING;
        return this.newOrder.execute(input, nowMs, null);
      case PAYMENT_TYPE:
        if (input.customerWarehouseId !== input.warehouseId && this.sendPayment(input)) return PENDING;
        return this.payment.execute(input, nowMs);
      case ORDER_STATUS_TYPE:
        return this.orderStatus.execute(input);
      case DELIVERY_TYPE:
        this.deliveryQueue.push(input.warehouseId, input.carrierId);
        return QUEUED;
      default:
        return this.stockLevel.execute(input);
    }
  }

  private sendLines(input: Terminal): boolean {
    const { remote } = this;
    return remote !== null && this.remoteLinesFragment.send(input, remote, NEW_ORDER_TYPE, this.scale.items);
  }

  private sendPayment(input: Terminal): boolean {
    const { remote } = this;
    return remote !== null && this.remoteCustomerFragment.send(input, remote, PAYMENT_TYPE);
  }

  receiveAnswer(
    terminal: number,
    _fromWorker: number,
    int32s: Int32Array,
    float64s: Float64Array,
    at: number,
    bodyWords: number,
  ): void {
    if (this.terminals[terminal].type === NEW_ORDER_TYPE) this.remoteLinesOf(terminal).receive(int32s, at, bodyWords);
    else this.remoteCustomer.receive(int32s, float64s, at, bodyWords);
  }

  /** A Payment has one fragment, so that its answer is still the last one that `remoteCustomer` received. */
  finish(terminal: number, nowMs: number): Outcome {
    const input = this.terminals[terminal];
    if (input.type === NEW_ORDER_TYPE) return this.newOrder.execute(input, nowMs, this.remoteLinesOf(terminal));
    return this.payment.finish(input, this.remoteCustomer, nowMs);
  }

  executeFragment(call: FragmentCall): boolean {
    if (call.kind === NEW_ORDER_TYPE) return this.remoteLinesFragment.execute(call);
    assert(call.kind === PAYMENT_TYPE, 'only New-Order and Payment have fragments');
    return this.remoteCustomerFragment.execute(call);
  }

  private remoteLinesOf(terminal: number): RemoteLines {
    let lines = this.remoteLines[terminal];
    if (lines === undefined) {
      lines = new RemoteLines();
      this.remoteLines[terminal] = lines;
    }
    return lines;
  }

  get deferredCount(): number {
    return this.deliveryQueue.length;
  }

  runDeferred(nowMs: number): Outcome {
    const { deliveryQueue, counters } = this;
    const outcome = this.delivery.execute(deliveryQueue.warehouseId, deliveryQueue.carrierId, nowMs);
    if (outcome !== COMMITTED) return outcome;
    deliveryQueue.shift();
    countDelivery(counters, this.scale.districtsPerWarehouse, this.delivery.skippedDistricts);
    return COMMITTED;
  }

  dropDeferred(): void {
    this.deliveryQueue.shift();
  }

  /** Undoes what an operating fault (the memory limit) interrupted. */
  abandon(): void {
    this.transaction.abort();
  }

  check(): PartialCheck {
    assert(this.deliveryQueue.length === 0, 'conditions are checked at rest');
    return checkPartition(this.partition, this.scale);
  }

  exportTables(shared: boolean): ExportTable[] {
    return exportTables(this.partition, shared);
  }
}

/** Creates the empty tables, sized for what the load puts there. */
export function createTables(partition: Partition, placement: PartitionPlacement, scale: Scale): void {
  const warehouses = placement.lastWarehouse - placement.firstWarehouse + 1;
  const districts = warehouses * scale.districtsPerWarehouse;
  const rows: Record<(typeof TABLES)[number]['name'], number> = {
    WAREHOUSE: warehouses,
    DISTRICT: districts,
    CUSTOMER: districts * scale.customersPerDistrict,
    HISTORY: districts * scale.customersPerDistrict,
    'NEW-ORDER': districts * scale.newOrdersPerDistrict,
    ORDER: districts * scale.ordersPerDistrict,
    'ORDER-LINE': (districts * scale.ordersPerDistrict * (FEWEST_LINES + MOST_LINES)) / 2,
    ITEM: scale.items,
    STOCK: warehouses * scale.items,
    'LOAD-INFO': 1,
  };
  for (const table of TABLES) partition.createTable({ ...table, expectedRows: rows[table.name] });
}
