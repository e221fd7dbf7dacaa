/**
 * Several TPC-C sessions, each on a partition of its own, whose fragments and decisions travel as the test says, one step at
 * a time. It takes the place of the coordinator and of the participants; all of it runs on the test's own thread.
 */
import { assert } from '../../../src/assert.ts';
import {
  COMMITTED,
  type FragmentCall,
  type Outcome,
  PENDING,
  type RemoteFragments,
  USER_ABORT,
} from '../../../src/bench/contract.ts';
import type { Access } from '../../../src/engine/access.ts';
import { NO_CONFLICT } from '../../../src/engine/lock-table.ts';
import type { Transaction } from '../../../src/engine/transaction.ts';
import { type Database, type DatabaseOptions, openDatabase } from './database.ts';

/** Bodies start here, and what is around them is no part of them. */
const FIRST_INT32 = 6;
const GARBAGE = -77;

interface Body {
  readonly int32s: Int32Array;
  readonly float64s: Float64Array;
  readonly at: number;
  readonly words: number;
}

function newBody(words: number): Body {
  const int32s = new Int32Array(2 * words + 4 * FIRST_INT32).fill(GARBAGE);
  return { int32s, float64s: new Float64Array(int32s.buffer), at: FIRST_INT32, words };
}

function assertIntact({ int32s, at, words }: Body): void {
  const outside = [...int32s.subarray(0, at), ...int32s.subarray(at + 2 * words)];
  assert(
    outside.every((value) => value === GARBAGE),
    'something was written outside a body',
  );
}

/** A fragment on its way to its participant, and what became of it there. */
export interface Fragment {
  readonly from: number;
  readonly to: number;
  readonly kind: number;
  readonly body: Body;
  /** Null until it is executed. */
  readonly answer: Body | null;
  /** Whether it holds locks that wait for the decision. */
  readonly prepared: boolean;
}

class SentFragment implements Fragment {
  readonly from: number;
  readonly to: number;
  readonly kind: number;
  readonly body: Body;
  answer: Body | null = null;
  prepared = false;
  /** Of the participant's lock table. */
  owner = -1;
  transaction: Transaction | null = null;

  constructor(from: number, to: number, kind: number, bodyWords: number) {
    this.from = from;
    this.to = to;
    this.kind = kind;
    this.body = newBody(bodyWords);
  }
}

class Call implements FragmentCall {
  readonly fromWorker: number;
  readonly kind: number;
  readonly int32s: Int32Array;
  readonly float64s: Float64Array;
  readonly at: number;
  readonly bodyWords: number;
  readonly access: Access;
  readonly transaction: Transaction;
  taken: Body | null = null;

  constructor({ from, kind, body }: Fragment, access: Access, transaction: Transaction) {
    this.fromWorker = from;
    this.kind = kind;
    this.int32s = body.int32s;
    this.float64s = body.float64s;
    this.at = body.at;
    this.bodyWords = body.words;
    this.access = access;
    this.transaction = transaction;
  }

  answer(bodyWords: number): number {
    assert(this.taken === null, 'a fragment answers once');
    this.taken = newBody(bodyWords);
    return this.taken.at;
  }

  get answerInt32s(): Int32Array {
    return this.body.int32s;
  }

  get answerFloat64s(): Float64Array {
    return this.body.float64s;
  }

  private get body(): Body {
    assert(this.taken !== null, 'the answer is taken first');
    return this.taken;
  }
}

/** A session with its partition, and the fragments that it sent. */
export class Member implements RemoteFragments {
  readonly worker: number;
  readonly database: Database;
  int32s: Int32Array = new Int32Array(0);
  float64s: Float64Array = new Float64Array(0);
  private readonly cluster: RemoteCluster;
  private sent: SentFragment[] = [];
  private readonly freeOwners: number[] = [];
  private nextOwner: number;
  private stamp = 0;

  constructor(cluster: RemoteCluster, worker: number, database: Database) {
    this.cluster = cluster;
    this.worker = worker;
    this.database = database;
    const { session, partition } = database;
    for (let owner = 0; owner < session.terminals.length; owner++) partition.locks.enter(owner, NO_CONFLICT);
    this.nextOwner = session.terminals.length;
    session.connect(this);
  }

  workerOf(warehouse: number): number {
    return this.cluster.workerOf(warehouse);
  }

  fragment(worker: number, kind: number, bodyWords: number): number {
    assert(worker !== this.worker, 'a fragment goes to another worker');
    assert(!this.sent.some((fragment) => fragment.to === worker), 'one fragment at most goes to each worker');
    const fragment = new SentFragment(this.worker, worker, kind, bodyWords);
    this.sent.push(fragment);
    this.int32s = fragment.body.int32s;
    this.float64s = fragment.body.float64s;
    return fragment.body.at;
  }

  /** Starts the terminal's transaction, or tries it again. */
  start(terminal: number, nowMs: number, again = false): { outcome: Outcome; fragments: readonly Fragment[] } {
    const { session, partition } = this.database;
    this.sent = [];
    partition.access.enter(terminal, false);
    const outcome = again ? session.retry(terminal, nowMs) : session.start(terminal, nowMs);
    const fragments = this.sent;
    assert((outcome === PENDING) === fragments.length > 0, 'what waits has sent fragments, and nothing else has');
    for (const fragment of fragments) assertIntact(fragment.body);
    return { outcome, fragments };
  }

  /** Hands an answer to the terminal, in memory that is something else right afterwards. */
  receive(terminal: number, { to, answer }: Fragment): void {
    assert(answer !== null, 'the fragment has answered');
    const int32s = answer.int32s.slice();
    const float64s = new Float64Array(int32s.buffer);
    this.database.session.receiveAnswer(terminal, to, int32s, float64s, answer.at, answer.words);
    int32s.fill(GARBAGE);
  }

  /** Runs the own part. */
  finish(terminal: number, nowMs: number): Outcome {
    const { session, partition } = this.database;
    partition.access.enter(terminal, false);
    return session.finish(terminal, nowMs);
  }

  /** Executes a fragment; false when it was refused: then nothing of it is left. */
  prepare(fragment: Fragment): boolean {
    const { session, partition } = this.database;
    const sent = fragment as SentFragment;
    assert(sent.to === this.worker && !sent.prepared, 'each participant executes its own fragment');
    const owner = this.freeOwners.pop() ?? this.nextOwner++;
    const transaction = partition.newTransaction();
    partition.locks.enter(owner, ++this.stamp);
    partition.access.enter(owner, true);
    const call = new Call(sent, partition.access, transaction);
    if (!session.executeFragment(call)) {
      assert(transaction.writeSet.length === 0, 'a refused fragment has written nothing');
      assert(call.taken === null, 'a refused fragment has no answer');
      this.leave(owner);
      return false;
    }
    if (call.taken !== null) assertIntact(call.taken);
    sent.answer = call.taken;
    sent.prepared = true;
    sent.owner = owner;
    sent.transaction = transaction;
    return true;
  }

  /** The decision for a fragment that is prepared. */
  decide(fragment: Fragment, commit: boolean): void {
    const sent = fragment as SentFragment;
    assert(sent.prepared && sent.transaction !== null, 'only what is prepared is decided');
    if (commit) sent.transaction.commit();
    else sent.transaction.abort();
    sent.prepared = false;
    this.leave(sent.owner);
  }

  private leave(owner: number): void {
    this.database.partition.locks.releaseAll(owner);
    this.freeOwners.push(owner);
  }
}

export class RemoteCluster {
  readonly members: readonly Member[];
  private readonly lastWarehouses: readonly number[];

  /** @param warehouses how many each partition has, from warehouse 1 on */
  constructor(warehouses: readonly number[], options: DatabaseOptions = {}) {
    const totalWarehouses = warehouses.reduce((sum, count) => sum + count, 0);
    let last = 0;
    this.lastWarehouses = warehouses.map((count) => {
      last += count;
      return last;
    });
    const databases: Database[] = [];
    warehouses.forEach((count, i) => {
      const lastWarehouse = this.lastWarehouses[i] as number;
      const items = databases[0]?.tables.item.table.share();
      const own = { ...options, totalWarehouses, firstWarehouse: lastWarehouse - count + 1, lastWarehouse };
      databases.push(openDatabase(items === undefined ? own : { ...own, items }));
    });
    this.members = databases.map((database, worker) => new Member(this, worker, database));
  }

  get databases(): readonly Database[] {
    return this.members.map(({ database }) => database);
  }

  workerOf(warehouse: number): number {
    return this.lastWarehouses.findIndex((last) => warehouse <= last);
  }

  member(worker: number): Member {
    const member = this.members[worker];
    assert(member !== undefined, `there is no worker ${worker}`);
    return member;
  }

  /** Locks that anybody holds. */
  get held(): number {
    return this.databases.reduce((sum, { partition }) => sum + partition.locks.held, 0);
  }

  /** Executes at the participants what was sent, and hears their answers; the last one first. All must be granted. */
  prepareAll(home: number, terminal: number, fragments: readonly Fragment[]): void {
    for (const fragment of [...fragments].reverse()) {
      assert(this.member(fragment.to).prepare(fragment), 'nobody is in the way of the only transaction');
    }
    for (const fragment of fragments) this.member(home).receive(terminal, fragment);
  }

  decideAll(fragments: readonly Fragment[], outcome: Outcome): void {
    for (const fragment of fragments) this.member(fragment.to).decide(fragment, outcome === COMMITTED);
  }

  /** A transaction from its start to its end, with nothing else under way. */
  run(home: number, terminal: number, nowMs: number): { outcome: Outcome; fragments: readonly Fragment[] } {
    const member = this.member(home);
    const { outcome, fragments } = member.start(terminal, nowMs);
    if (outcome !== PENDING) return { outcome, fragments };
    this.prepareAll(home, terminal, fragments);
    const finished = member.finish(terminal, nowMs);
    assert(finished === COMMITTED || finished === USER_ABORT, 'nobody is in the way of the only transaction');
    this.decideAll(fragments, finished);
    assert(this.held === 0, 'a decided transaction leaves no lock');
    return { outcome: finished, fragments };
  }
}
