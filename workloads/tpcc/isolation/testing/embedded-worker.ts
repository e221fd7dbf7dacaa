/** One worker of the embedded engine for the isolation tests: its partition, its terminals and what they were shown. */
import { assert } from '../../../../src/assert.ts';
import { BLOCKED, COMMITTED, type Outcome, PENDING, QUEUED, USER_ABORT } from '../../../../src/bench/contract.ts';
import { NULL_INT32, NULL_INTEGER } from '../../../../src/engine/row-layout.ts';
import type { CompletionListener } from '../../../../src/shard/completion.ts';
import type { Database } from '../../testing/database.ts';
import type { Outputs, StopPoint, StoredOrder, TransactionType } from '../driver.ts';
import type { HoldingExchange } from './holding-exchange.ts';
import { SteppedSession } from './stepped-session.ts';
import { type TypedInput, typeInput } from './typed-input.ts';

/** A transaction from its start to its end. */
export interface Started {
  readonly worker: number;
  readonly terminal: number;
  readonly stopAt: StopPoint | null;
  readonly type: TransactionType;
  /** Attempts that were undone. */
  conflicts: number;
  completed: { committed: boolean; output: Outputs[TransactionType] } | null;
}

export class EmbeddedWorker implements CompletionListener {
  readonly worker: number;
  readonly database: Database;
  readonly stepped: SteppedSession;
  private connected: HoldingExchange | null = null;
  private readonly started: Started[] = [];
  /** Queued Deliveries, the oldest first. */
  private readonly deliveries: Started[] = [];

  constructor(worker: number, database: Database) {
    this.worker = worker;
    this.database = database;
    this.stepped = new SteppedSession(database.session);
  }

  connect(exchange: HoldingExchange): void {
    this.connected = exchange;
    this.database.session.connect(exchange);
  }

  get exchange(): HoldingExchange {
    assert(this.connected !== null, 'a worker is connected before it runs');
    return this.connected;
  }

  /** Starts a transaction at a terminal of its own. */
  start(typed: TypedInput, stopAt: StopPoint | null, nowMs: number): Started {
    const { session } = this.database;
    const terminal = this.started.length;
    assert(terminal < session.terminals.length, 'there is a terminal for each transaction of a scenario');
    const started: Started = { worker: this.worker, terminal, stopAt, type: typed.type, conflicts: 0, completed: null };
    this.started.push(started);
    typeInput(session.terminals[terminal], typed, this.database.scale.items);
    this.stepped.substituteRollback(terminal, stopAt === 'beforeRollback');
    if (stopAt !== null) this.exchange.holdAnswers(terminal);
    if (started.type === 'delivery') this.deliveries.push(started);
    const outcome = this.exchange.start(terminal, nowMs);
    if (outcome !== PENDING && outcome !== QUEUED) this.complete(terminal, outcome);
    return started;
  }

  /** Executes queued Deliveries, as a worker's loop does. @returns whether any ran to its end */
  runDeferred(nowMs: number): boolean {
    const { coordinator } = this.exchange;
    const oldest = this.deliveries[0];
    if (oldest === undefined || !coordinator.enterDeferred()) return false;
    const outcome = this.stepped.runDeferred(oldest.terminal, nowMs);
    coordinator.leaveDeferred(outcome);
    if (outcome === BLOCKED) return false;
    this.deliveries.shift();
    this.complete(oldest.terminal, outcome);
    return true;
  }

  complete(terminal: number, outcome: Outcome): void {
    const started = this.started[terminal];
    assert(outcome === COMMITTED || outcome === USER_ABORT, `a transaction ends with outcome ${outcome}`);
    assert(started.completed === null, 'a transaction completes once');
    started.completed = { committed: outcome === COMMITTED, output: this.shown(started) };
  }

  conflict(terminal: number): void {
    this.started[terminal].conflicts++;
  }

  /** What the procedure that ran last left for its terminal. */
  private shown({ type, terminal }: Started): Outputs[TransactionType] {
    const { session } = this.database;
    switch (type) {
      case 'newOrder': {
        const { orderId, amountsCents } = session.newOrder.output;
        const input = session.terminals[terminal];
        return { orderId, amountsCents: [...amountsCents.subarray(0, input.lineCount - (input.rollback ? 1 : 0))] };
      }
      case 'payment':
        return { balanceCents: session.payment.output.balanceCents };
      case 'delivery':
        return { skippedDistricts: session.delivery.skippedDistricts, oldestOrderId: null };
      case 'orderStatus': {
        const { balanceCents } = session.orderStatus.output;
        return { balanceCents, order: this.shownOrder(), newestOrderId: null };
      }
      default:
        return { lowStock: session.stockLevel.lowStock };
    }
  }

  private shownOrder(): StoredOrder | null {
    const { tables, session } = this.database;
    const { output } = session.orderStatus;
    if (output.orderId === 0) return null;
    return {
      orderId: output.orderId,
      customerId: tables.customer.table.getInt32(output.customerRow, tables.customer.id),
      carrierId: output.carrierId === NULL_INT32 ? null : output.carrierId,
      lines: Array.from({ length: output.lineCount }, (_, i) => ({
        itemId: output.itemIds[i],
        supplyWarehouseId: output.supplyWarehouseIds[i],
        quantity: output.quantities[i],
        amountCents: output.amountsCents[i],
        isDelivered: output.deliveryDatesMs[i] !== NULL_INTEGER,
      })),
    };
  }
}
