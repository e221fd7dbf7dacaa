/**
 * Durability of one simulated member: the worker's own, but that a sleep lasts beyond the call, and that commits are noted
 * by a model and answers by the clients.
 */
import type { WorkloadSession } from '../../bench/contract.ts';
import type { AcknowledgementListener } from '../../bench/durable/acknowledgements.ts';
import type { DurableStart } from '../../bench/durable/durable-messages.ts';
import { WorkerDurability } from '../../bench/durable/worker-durability.ts';
import type { DurabilityHook } from '../../bench/worker-hooks.ts';
import type { Partition } from '../../engine/partition.ts';
import type { AcknowledgedHistory } from './acknowledged-history.ts';
import { Client } from './client.ts';
import { RowModel } from './row-model.ts';

export class MemberDurability implements DurabilityHook {
  readonly worker: WorkerDurability;
  readonly model: RowModel;
  readonly client: Client;
  /** The last with anything of this worker; null until it has handed everything over. */
  lastEpoch: number | null = null;
  private readonly sleeps: () => boolean;

  /** @param sleeps whether the member does nothing until it is woken */
  constructor(
    start: DurableStart,
    partition: Partition,
    session: WorkloadSession,
    history: AcknowledgedHistory | null,
    sleeps: () => boolean,
  ) {
    this.worker = new WorkerDurability(start, partition);
    this.sleeps = sleeps;
    const epochNow = () => this.worker.clock.current;
    this.model = new RowModel(partition, this.worker.redo, epochNow);
    partition.listen(this.model);
    this.client = new Client(session, history, epochNow);
  }

  get clock() {
    return this.worker.clock;
  }

  beginTurn(): boolean {
    return this.worker.beginTurn();
  }

  add(kind: number, type: number, crossedShards: boolean, startMs: number, answeredMs: number, receipt: number): void {
    this.worker.add(kind, type, crossedShards, startMs, answeredMs, receipt);
  }

  endTurn(listener: AcknowledgementListener): void {
    this.worker.endTurn(listener);
  }

  sleep(timeoutMs: number): number {
    return this.worker.sleep(timeoutMs);
  }

  park(timeoutMs: number): void {
    this.worker.park(timeoutMs);
  }

  /** Said by the loop as soon as `park` returns: then a sleep of the simulation has only begun. */
  wake(): void {
    if (!this.sleeps()) this.worker.wake();
  }

  /** The sleep is over. */
  woken(): void {
    this.worker.wake();
  }

  get counters() {
    return this.worker.counters;
  }
}
