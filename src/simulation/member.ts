/** One worker of a simulated cluster: the loop of a real worker, which goes on when the simulation says so. */
import { assert } from '../assert.ts';
import type { Outcome, PartialCheck, PartitionPlacement, WorkloadSession } from '../bench/contract.ts';
import type { DurableStart } from '../bench/durable/durable-messages.ts';
import { handOver } from '../bench/durable/hand-over.ts';
import { WorkerLoop } from '../bench/worker-loop.ts';
import type { Partition } from '../engine/partition.ts';
import type { Exchange, ExchangeSetup } from '../shard/exchange.ts';
import { type Doorbell, type Sleeper, WOKEN } from '../transport/doorbell.ts';
import { type Admission, AdmittedTerminals } from './admission.ts';
import { AcknowledgedHistory } from './disks/acknowledged-history.ts';
import { MemberDurability } from './disks/member-durability.ts';
import { ObservedExchange, SimulatedControl } from './member-parts.ts';
import { describeMessage, OUTCOME_NAMES } from './message-names.ts';
import type { SimulationPlan } from './plan.ts';
import { STREAM } from './plan.ts';
import { Random } from './random.ts';
import { RecordedHistory } from './recorded-history.ts';
import { Tally } from './tally.ts';
import type { Trace } from './trace.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** The loop's longest park is no duty but a safety net. It catches only the wakes that the simulation loses itself. */
const SAFETY_NET_MS = 1000;

/** What members have in common. */
export interface Surroundings {
  plan: SimulationPlan;
  clock: VirtualClock;
  trace: Trace;
  admission: Admission;
  typeNames: readonly string[];
  counterNames: readonly string[];
  /** By worker, over all lives of the cluster; null where the workload tells nothing. */
  histories: (RecordedHistory | null)[];
  /** How often the cluster has begun anew. */
  life: number;
}

/** What a worker of a durable cluster starts with, given how it sleeps. */
export type DurableStarter = ((worker: number, sleeper: Sleeper) => DurableStart) | null;

export const RUNNING = 0;
export const DRAINING = 1;
export const STOPPED = 2;
/** Its last records wait for room on their way to the log. */
const HANDING_OVER = 3;
type Stage = typeof RUNNING | typeof DRAINING | typeof STOPPED | typeof HANDING_OVER;
/** Streams of a later life are others. */
const STREAMS_OF_LIFE = 1_000_000;

export class Member {
  readonly worker: number;
  readonly shard: number;
  readonly name: string;
  readonly partition: Partition;
  readonly session: WorkloadSession;
  /** Null where it is the only worker. */
  readonly exchange: Exchange | null;
  readonly control = new SimulatedControl();
  readonly tally = new Tally();
  stage: Stage = RUNNING;
  isLost = false;
  /** Null where nothing is durable. */
  readonly durability: MemberDurability | null;
  private readonly surroundings: Surroundings;
  private readonly loop: WorkerLoop;
  private readonly terminals: AdmittedTerminals;
  /** Of a workload that tells what its transactions read and append. */
  readonly history: RecordedHistory | null;
  /** While it sleeps. */
  private sleepsOn: Doorbell | null = null;
  private isAsleep = false;
  private wakesAtMs = Number.POSITIVE_INFINITY;
  private phaseAsleep = 0;
  private sleptAtMs = 0;

  constructor(
    surroundings: Surroundings,
    placement: PartitionPlacement,
    partition: Partition,
    session: WorkloadSession,
    setup: ExchangeSetup | null,
    durableStart: DurableStarter,
  ) {
    const { plan, clock, admission, counterNames, life } = surroundings;
    this.surroundings = surroundings;
    this.shard = placement.shardId;
    this.worker = placement.shardId * plan.workersPerShard + placement.workerIndex;
    this.name = `worker ${placement.shardId}.${placement.workerIndex}`;
    this.partition = partition;
    this.session = session;
    const terminals = (placement.lastWarehouse - placement.firstWarehouse + 1) * placement.terminalsPerWarehouse;
    this.history = this.openHistory(terminals, durableStart !== null);
    const sleeper: Sleeper = { sleep: (doorbell, timeoutMs) => this.sleep(doorbell, timeoutMs) };
    this.durability =
      durableStart === null
        ? null
        : new MemberDurability(
            durableStart(this.worker, sleeper),
            partition,
            session,
            this.history instanceof AcknowledgedHistory ? this.history : null,
            () => this.isAsleep,
          );
    const firstTypes = Array.from({ length: terminals }, (_, terminal) => session.draw(terminal));
    const random = new Random(plan.seed, STREAM.workers + this.worker + life * STREAMS_OF_LIFE);
    this.terminals = new AdmittedTerminals(
      firstTypes,
      admission,
      new Random(plan.seed, STREAM.terminals + this.worker + life * STREAMS_OF_LIFE),
      plan.startsPerTurn,
    );
    this.loop = new WorkerLoop(
      session,
      partition,
      counterNames,
      firstTypes,
      this.terminals,
      this.tally,
      this.control,
      clock,
      plan.maySpin,
      {
        history: { begin: this.begun, end: this.ended },
        chaos: null,
        durable: this.durability,
        receipts: this.durability?.client ?? null,
      },
    );
    this.control.onPark = (timeoutMs) => this.sleep(null, timeoutMs);
    this.exchange = setup === null ? null : this.connect(setup, random, sleeper);
  }

  private openHistory(terminals: number, isDurable: boolean): RecordedHistory | null {
    const { session, surroundings, worker } = this;
    const { plan, clock, histories } = surroundings;
    if (session.recordHistory === undefined) return null;
    const history =
      histories[worker] ??
      (isDurable
        ? new AcknowledgedHistory(worker, terminals, plan.transactions, clock)
        : new RecordedHistory(worker, terminals, clock));
    histories[worker] = history;
    session.recordHistory(history.notes);
    return history;
  }

  private connect(setup: ExchangeSetup, random: Random, sleeper: Sleeper): Exchange {
    const { clock } = this.surroundings;
    const exchange = new ObservedExchange(
      { ...setup, plumbing: { ...setup.plumbing, sleeper } },
      this.session,
      this.partition,
      this.partition.access,
      clock,
      () => random.fraction(),
      this.loop,
      this.durability?.worker ?? null,
    );
    exchange.model = this.durability?.model ?? null;
    exchange.onReceive = this.received;
    this.session.connect(exchange);
    this.loop.connect(exchange);
    return exchange;
  }

  /** Whether it would go on by itself: it is awake, was woken, or its time is over. */
  get isDue(): boolean {
    if (this.isLost || this.stage === STOPPED) return false;
    return !this.isAsleep || this.isWoken || this.wakesAtMs <= this.surroundings.clock.nowMs;
  }

  get isWoken(): boolean {
    if (!this.isAsleep) return false;
    return this.sleepsOn === null ? this.control.phase !== this.phaseAsleep : this.sleepsOn.look() === WOKEN;
  }

  get sleeps(): boolean {
    return this.isAsleep;
  }

  /** When it goes on without being woken; Infinity where it does not. */
  get dueMs(): number {
    return this.isLost || this.stage === STOPPED || !this.isAsleep ? Number.POSITIVE_INFINITY : this.wakesAtMs;
  }

  /** When its sleep ends although no wake reaches it. */
  get safetyNetMs(): number {
    return this.sleptAtMs + SAFETY_NET_MS;
  }

  /** What it still has to do. */
  get outstanding(): string | null {
    const { exchange, session } = this;
    if (session.deferredCount > 0) return `${session.deferredCount} deferred transactions wait`;
    if (exchange === null) return null;
    const { inDoubt } = exchange.participant.counters;
    if (exchange.coordinator.inFlight > 0) return `${exchange.coordinator.inFlight} transactions are under way`;
    if (exchange.participant.held !== inDoubt) {
      return `${exchange.participant.held} fragments are undecided, of which ${inDoubt} are in doubt`;
    }
    return null;
  }

  /** One turn of its loop. */
  step(): void {
    const { loop, surroundings } = this;
    const { clock, trace } = surroundings;
    this.wakeUp();
    this.terminals.beginTurn();
    const before = this.control.completed;
    if (this.stage === RUNNING) {
      if (loop.continues(clock.nowMs)) loop.step(clock.nowMs);
      else {
        loop.endMeasurement();
        loop.beginDrain();
        this.stage = DRAINING;
        this.say('drains');
      }
    } else if (this.stage === HANDING_OVER || !loop.drainStep()) this.stop();
    trace.mix(this.worker);
    trace.mix(this.control.completed - before);
    trace.mix(this.isAsleep ? 1 : 0);
  }

  /** Everything of this worker is decided; what it committed goes to the log. */
  private stop(): void {
    const { durability } = this;
    if (durability !== null) {
      this.stage = HANDING_OVER;
      durability.lastEpoch = handOver(durability);
      if (durability.lastEpoch === null) {
        durability.park(1);
        return;
      }
    }
    this.stage = STOPPED;
    this.say('has stopped');
  }

  check(): PartialCheck {
    return this.session.check();
  }

  /** A line of the trace. */
  say(what: string): void {
    const { trace, clock } = this.surroundings;
    trace.sink?.(clock.nowMs, this.name, what);
  }

  /** When a transaction goes on that pauses. */
  private get ownDutyMs(): number {
    return this.exchange?.coordinator.nextDueMs ?? Number.POSITIVE_INFINITY;
  }

  private wakeUp(): void {
    if (!this.isAsleep) return;
    this.say(
      this.isWoken
        ? 'wakes'
        : this.wakesAtMs <= this.surroundings.clock.nowMs
          ? 'wakes: its time is over'
          : 'wakes for nothing',
    );
    this.sleepsOn?.cancel();
    this.sleepsOn = null;
    this.isAsleep = false;
    this.durability?.woken();
  }

  private sleep(doorbell: Doorbell | null, timeoutMs: number): void {
    assert(!this.isAsleep, 'who sleeps does nothing');
    this.isAsleep = true;
    this.sleepsOn = doorbell;
    this.phaseAsleep = this.control.phase;
    const { nowMs } = this.surroundings.clock;
    this.sleptAtMs = nowMs;
    // Behind the safety net there may still be a duty that is further away.
    this.wakesAtMs = timeoutMs < SAFETY_NET_MS ? nowMs + Math.max(0, timeoutMs) : this.ownDutyMs;
    const limit = this.wakesAtMs === Number.POSITIVE_INFINITY ? '' : ` for ${(this.wakesAtMs - nowMs).toFixed(3)} ms`;
    this.say(`sleeps${limit}`);
  }

  private readonly begun = (terminal: number): void => {
    this.history?.begin(terminal);
    const { trace, typeNames } = this.surroundings;
    if (trace.sink !== null) this.say(`starts ${typeNames[this.terminals.types[terminal]]} at terminal ${terminal}`);
  };

  private readonly ended = (terminal: number, outcome: Outcome): void => {
    this.history?.end(terminal, outcome);
    const { trace } = this.surroundings;
    trace.mix(terminal);
    trace.mix(outcome);
    if (trace.sink !== null) this.say(`terminal ${terminal}: ${OUTCOME_NAMES[outcome]}`);
  };

  private readonly received = (type: number, int32s: Int32Array, float64s: Float64Array, at: number): void => {
    const { trace } = this.surroundings;
    trace.mix(type);
    trace.mix(int32s[at]);
    trace.mix(float64s[(at >> 1) + 1]);
    trace.mix(int32s[at + 4]);
    if (trace.sink !== null) this.say(`hears ${describeMessage(type, int32s, float64s, at)}`);
  };
}
