import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLOCKED, COMMITTED, type Outcome, PENDING, QUEUED, USER_ABORT } from '../../../src/bench/contract.ts';
import { Random } from '../../../src/engine/testing/random.ts';
import { judge } from '../checks/judge.ts';
import { COUNTER_NAMES } from '../counters.ts';
import { DELIVERY_TYPE, NEW_ORDER_TYPE, ORDER_STATUS_TYPE, PAYMENT_TYPE, WeightedMix } from '../deck.ts';
import type { Terminal } from '../inputs.ts';
import type { TpccSession } from '../session.ts';
import { type Database, type DatabaseOptions, openDatabase, RUN_INSTANT_MS, TINY_SCALE } from '../testing/database.ts';
import { dumpOf } from '../testing/plain-model.ts';
import { type Fragment, type Member, RemoteCluster } from '../testing/remote-cluster.ts';

const TERMINALS_PER_WAREHOUSE = 10;

/** What a transaction shows at its terminal, without the places of rows. */
function shown(session: TpccSession, { type, lineCount }: Terminal) {
  if (type === NEW_ORDER_TYPE) {
    const { orderId, totalCents, stockQuantities, amountsCents, brandB, discount } = session.newOrder.output;
    const perLine = [stockQuantities, amountsCents, brandB].map((values) => [...values.subarray(0, lineCount)]);
    return { orderId, totalCents, discount, perLine };
  }
  if (type === PAYMENT_TYPE) return { balanceCents: session.payment.output.balanceCents };
  if (type === ORDER_STATUS_TYPE) {
    const { orderId, balanceCents, carrierId } = session.orderStatus.output;
    return { orderId, balanceCents, carrierId };
  }
  if (type === DELIVERY_TYPE) return { skipped: session.delivery.skippedDistricts };
  return { lowStock: session.stockLevel.lowStock };
}

/** Sums over several sessions, less what `without` names. */
const counted = (sessions: readonly TpccSession[], without: readonly string[] = []) =>
  Object.fromEntries(
    COUNTER_NAMES.map(
      (name, i) => [name, sessions.reduce((sum, { counters }) => sum + (counters[i] ?? 0), 0)] as const,
    ).filter(([name]) => !without.includes(name)),
  );

function expectConsistent(databases: readonly Database[]): void {
  const verdicts = judge(
    databases.map(({ session }) => session.check()),
    true,
  );
  expect(verdicts.filter(({ passed }) => !passed)).toEqual([]);
}

const partitions = (databases: readonly Database[]) => databases.map(({ partition }) => partition);

describe('transactions over partitions, one after the other', () => {
  const anyCase = fc.record({
    warehouses: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 2, maxLength: 3 }),
    seed: fc.integer({ min: 1, max: 1_000_000 }),
    remoteItemPct: fc.constantFrom(0, 30, 100),
    remotePaymentPct: fc.constantFrom(0, 50, 100),
  });

  it('do what they do in one partition, and show the same', () => {
    let remote = 0;
    fc.assert(
      fc.property(anyCase, ({ warehouses, ...options }) => {
        const lastWarehouse = warehouses.reduce((sum, count) => sum + count, 0);
        const both = { ...options, scale: TINY_SCALE };
        const cluster = new RemoteCluster(warehouses, both);
        const whole = openDatabase({ ...both, lastWarehouse });
        const { session } = whole;
        for (let i = 0; i < 250; i++) {
          const terminal = (i * 7) % session.terminals.length;
          const input = session.terminals[terminal] as Terminal;
          const home = cluster.workerOf(input.warehouseId);
          const { database } = cluster.member(home);
          const firstWarehouse = database.session.terminals[0]?.warehouseId ?? 0;
          const own = terminal - (firstWarehouse - 1) * TERMINALS_PER_WAREHOUSE;
          session.draw(terminal);
          expect(database.session.draw(own)).toBe(input.type);
          const nowMs = RUN_INSTANT_MS + i;
          const { outcome, fragments } = cluster.run(home, own, nowMs);
          remote += fragments.length;
          expect(outcome).toBe(session.start(terminal, nowMs));
          if (outcome === QUEUED) {
            expect([database.session.runDeferred(nowMs), session.runDeferred(nowMs)]).toEqual([COMMITTED, COMMITTED]);
          }
          if (outcome !== USER_ABORT) expect(shown(database.session, input)).toEqual(shown(session, input));
        }
        expect(dumpOf(partitions(cluster.databases))).toEqual(dumpOf([whole.partition]));
        expect(counted(cluster.databases.map((database) => database.session))).toEqual(counted([session]));
        expectConsistent(cluster.databases);
      }),
      { numRuns: 12, seed: 3 },
    );
    expect(remote).toBeGreaterThan(1000);
  });
});

/** A transaction that is under way at a terminal. */
interface Running {
  member: Member;
  terminal: number;
  /** Not yet executed at their participants. */
  sent: Fragment[];
  prepared: Fragment[];
  /** Null while the own part has not run. */
  outcome: Outcome | null;
}

/** What ended, in the order of the own parts: where the transaction took effect. */
interface Ended {
  /** Number of the terminal in the cluster. */
  terminal: number;
  type: number;
  nowMs: number;
  outcome: Outcome;
  shown: unknown;
}

/** Runs transactions of all terminals at once; every step of every one comes when chance says so. */
class Interleaving {
  readonly cluster: RemoteCluster;
  readonly ended: Ended[] = [];
  refusals = 0;
  private readonly random: Random;
  private readonly running: Running[] = [];
  /** By terminal of the cluster: whether its transaction has to be started again. */
  private readonly again = new Map<number, boolean>();
  private readonly idle: { member: Member; terminal: number }[];
  private nowMs = RUN_INSTANT_MS;
  /** Deliveries that wait, by member, in the order in which the session will run them. */
  private readonly deliveries: { terminal: number; carrierId: number; warehouseId: number }[][];
  readonly delivered: { warehouseId: number; carrierId: number; at: number }[] = [];

  constructor(cluster: RemoteCluster, seed: number) {
    this.cluster = cluster;
    this.random = new Random(seed);
    this.deliveries = cluster.members.map(() => []);
    this.idle = cluster.members.flatMap((member) =>
      member.database.session.terminals.map((_, terminal) => ({ member, terminal })),
    );
  }

  step(): void {
    const { random, running } = this;
    const action = random.integer(0, 9);
    if (action < 4 && this.idle.length > 0) this.begin();
    else if (action === 4) this.deliver(random.pick(this.cluster.members));
    else if (running.length > 0) this.advance(random.pick(running));
  }

  /** Ends what is under way, and begins nothing. */
  drain(): void {
    while (this.running.length > 0) this.advance(this.random.pick(this.running));
    this.cluster.members.forEach((member, i) => {
      while ((this.deliveries[i]?.length ?? 0) > 0) this.deliver(member);
    });
    expect(this.cluster.held).toBe(0);
  }

  private number({ database }: Member, terminal: number): number {
    const first = database.session.terminals[0] as Terminal;
    return (first.warehouseId - 1) * TERMINALS_PER_WAREHOUSE + terminal;
  }

  private begin(): void {
    const [next] = this.idle.splice(this.random.integer(0, this.idle.length - 1), 1);
    if (next === undefined) return;
    const { member, terminal } = next;
    const { session } = member.database;
    const again = this.again.get(this.number(member, terminal)) === true;
    if (!again) session.draw(terminal);
    const { outcome, fragments } = member.start(terminal, this.nowMs, again);
    const running: Running = { member, terminal, sent: [...fragments], prepared: [], outcome: null };
    if (outcome === PENDING) this.running.push(running);
    else if (outcome === BLOCKED) this.refuse(running);
    else if (outcome === QUEUED) {
      const { carrierId, warehouseId } = session.terminals[terminal] as Terminal;
      this.deliveries[member.worker]?.push({ terminal: this.number(member, terminal), carrierId, warehouseId });
      this.rest(running, false);
    } else {
      this.end(running, outcome);
      this.rest(running, false);
    }
  }

  private advance(running: Running): void {
    const { member, terminal, sent, prepared } = running;
    const { cluster, random } = this;
    if (running.outcome !== null) {
      const [fragment] = prepared.splice(random.integer(0, prepared.length - 1), 1);
      if (fragment !== undefined) cluster.member(fragment.to).decide(fragment, running.outcome === COMMITTED);
      if (prepared.length === 0) this.leave(running, false);
      return;
    }
    const [fragment] = sent.splice(random.integer(0, sent.length - 1), 1);
    if (fragment !== undefined) {
      if (!cluster.member(fragment.to).prepare(fragment)) {
        this.giveUp(running);
        return;
      }
      prepared.push(fragment);
      member.receive(terminal, fragment);
      if (sent.length > 0) return;
    }
    // The last answer is followed by the own part at once; a refused one waits, or gives up.
    const outcome = member.finish(terminal, this.nowMs);
    if (outcome !== BLOCKED) {
      this.end(running, outcome);
      running.outcome = outcome;
    } else if (random.chance(0.3)) this.giveUp(running);
    else this.refusals++;
  }

  private deliver({ worker, database }: Member): void {
    const waiting = this.deliveries[worker] ?? [];
    const [next] = waiting;
    if (next === undefined) return;
    database.partition.access.enter(0, false);
    const outcome = database.session.runDeferred(this.nowMs);
    if (outcome === BLOCKED) {
      this.refusals++;
      return;
    }
    waiting.shift();
    this.delivered.push({ ...next, at: this.ended.length });
    const { terminal } = next;
    const output = { skipped: database.session.delivery.skippedDistricts };
    this.ended.push({ terminal, type: DELIVERY_TYPE, nowMs: this.nowMs++, outcome, shown: output });
  }

  private end({ member, terminal }: Running, outcome: Outcome): void {
    const { session } = member.database;
    const input = session.terminals[terminal] as Terminal;
    this.ended.push({
      terminal: this.number(member, terminal),
      type: input.type,
      nowMs: this.nowMs++,
      outcome,
      shown: outcome === COMMITTED ? shown(session, input) : null,
    });
  }

  private refuse(running: Running): void {
    this.refusals++;
    this.rest(running, true);
  }

  private giveUp(running: Running): void {
    for (const fragment of running.prepared) this.cluster.member(fragment.to).decide(fragment, false);
    this.refusals++;
    this.leave(running, true);
  }

  private leave(running: Running, again: boolean): void {
    this.running.splice(this.running.indexOf(running), 1);
    this.rest(running, again);
  }

  private rest({ member, terminal }: Running, again: boolean): void {
    this.again.set(this.number(member, terminal), again);
    this.idle.push({ member, terminal });
  }
}

/** Executes what ended in the same order, in one partition, and compares outcomes and everything shown. */
function replay({ ended, delivered }: Interleaving, whole: Database): void {
  const { session } = whole;
  const deliveries = new Map(delivered.map(({ at, ...delivery }) => [at, delivery]));
  ended.forEach(({ terminal, type, nowMs, outcome, shown: expected }, i) => {
    if (type === DELIVERY_TYPE) {
      const { warehouseId, carrierId } = deliveries.get(i) ?? { warehouseId: 0, carrierId: 0 };
      expect(session.delivery.execute(warehouseId, carrierId, nowMs)).toBe(outcome);
      expect({ skipped: session.delivery.skippedDistricts }).toEqual(expected);
      return;
    }
    const input = session.terminals[terminal] as Terminal;
    // Deliveries were drawn in between, and are executed where they took effect.
    do session.draw(terminal);
    while (input.type === DELIVERY_TYPE);
    expect(input.type).toBe(type);
    expect(session.start(terminal, nowMs)).toBe(outcome);
    if (outcome === COMMITTED) expect(shown(session, input)).toEqual(expected);
  });
}

describe('transactions over partitions, all at once', () => {
  it.each([
    [[1, 1], 1],
    [[1, 1], 2],
    [[1, 1, 1], 3],
    [[2, 1], 4],
  ])('do what they do one after the other in the order of their own parts (%j, seed %i)', (warehouses, seed) => {
    const lastWarehouse = warehouses.reduce((sum, count) => sum + count, 0);
    const options: DatabaseOptions = {
      scale: { ...TINY_SCALE, items: 40 },
      remoteItemPct: 60,
      remotePaymentPct: 100,
      seed,
      newMix: () => new WeightedMix([8, 8, 2, 1, 2]),
    };
    const cluster = new RemoteCluster(warehouses, options);
    const interleaving = new Interleaving(cluster, seed);
    for (let i = 0; i < 12_000; i++) interleaving.step();
    interleaving.drain();
    expect(interleaving.refusals).toBeGreaterThan(300);
    expect(interleaving.ended.length).toBeGreaterThan(500);

    const whole = openDatabase({ ...options, lastWarehouse });
    replay(interleaving, whole);
    expect(dumpOf(partitions(cluster.databases))).toEqual(dumpOf([whole.partition]));
    const sessions = cluster.databases.map(({ session }) => session);
    expect(sessions.reduce((sum, { deferredCount }) => sum + deferredCount, 0)).toBe(0);
    expectConsistent(cluster.databases);
  });
});
