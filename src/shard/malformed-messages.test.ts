/** A worker of three whose peers, in other processes, send what no worker of this program sends: it is counted, and nothing else. */
import { describe, expect, it } from 'vitest';
import { Partition } from '../engine/partition.ts';
import { LINK_DOWN_TYPE, LINK_DOWN_WORDS, LOST_SHARD } from '../transport/envelope.ts';
import { RingConsumer } from '../transport/ring-consumer.ts';
import { RingProducer } from '../transport/ring-producer.ts';
import { COMMITTED, FAILED, type Outcome, PENDING } from './contract.ts';
import { Exchange } from './exchange.ts';
import {
  ABORT,
  ANSWER,
  ANSWER_WORDS,
  ASK,
  COMMIT,
  COORDINATOR,
  DECISION_WORDS,
  DETAIL,
  FIRST_PARTICIPANT,
  HEARD,
  KNOWN,
  LAST,
  PARTICIPANTS,
  PREPARE,
  PREPARE_WORDS,
  participantsWords,
  QUESTION_WORDS,
  SEQUENCE,
  SLOT,
  STAMP,
  VOTE_FAILED,
  VOTE_YES,
} from './message-layout.ts';
import { KNOWN_ABORT, KNOWN_COMMIT } from './outcomes.ts';
import { layPlumbing } from './plumbing.ts';
import { ADD, NOTHING, operation, program, READ } from './testing/program.ts';
import { LONGEST_BODY_WORDS, ProgramSession } from './testing/program-session.ts';

const WORKERS = 3;
const TERMINALS = 2;

interface Fields {
  from?: number;
  words?: number;
  sequence?: number;
  slot?: number;
  detail?: number;
  stamp?: number;
  coordinator?: number;
  /** Of PARTICIPANTS, or int32s of a PREPARE's body. */
  rest?: readonly number[];
}

const LEAST_WORDS: Record<number, number> = {
  [PREPARE]: PREPARE_WORDS,
  [ANSWER]: ANSWER_WORDS,
  [COMMIT]: DECISION_WORDS,
  [ABORT]: DECISION_WORDS,
  [PARTICIPANTS]: DECISION_WORDS,
  [ASK]: QUESTION_WORDS,
  [KNOWN]: QUESTION_WORDS,
  [HEARD]: QUESTION_WORDS,
  [LAST]: DECISION_WORDS,
};

/** Worker 0, driven message by message. It has the accounts 0 and 1 with 30 each. */
class Victim {
  readonly exchange: Exchange;
  readonly session: ProgramSession;
  readonly outcomes: Outcome[] = [];
  private readonly arriving: RingProducer;
  private readonly sent: RingConsumer;

  constructor(workerOfWarehouse: readonly number[] = []) {
    const { mailboxes, transports } = layPlumbing({
      shards: WORKERS,
      workersPerShard: 1,
      localShardIds: [0],
      mode: 'tcp',
      ringCapacityBytes: 0,
      longestBodyWords: LONGEST_BODY_WORDS,
    });
    const [{ toTransport, fromTransport }] = transports[0].workers;
    this.sent = new RingConsumer(toTransport);
    this.arriving = new RingProducer(fromTransport);
    const partition = new Partition();
    const accounts = new Map([0, 1].map((key) => [key, 30]));
    this.session = new ProgramSession(0, partition, accounts, { decided: () => {} });
    const setup = {
      plumbing: mailboxes[0][0],
      totalWorkers: WORKERS,
      workersPerShard: 1,
      workerOfWarehouse: Int32Array.from(workerOfWarehouse),
      terminals: TERMINALS,
      severalProcesses: true,
    };
    const clock = { now: () => 0, epochOffsetMs: 0 };
    const listener = { complete: (_: number, outcome: Outcome) => this.outcomes.push(outcome), conflict: () => {} };
    this.exchange = new Exchange(setup, this.session, partition, partition.access, clock, () => 0.5, listener);
    this.session.connect(this.exchange);
  }

  receive(type: number, fields: Fields = {}): void {
    const { from = 1, sequence = 1, slot = 0, detail = 0, stamp = 1, coordinator, rest = [] } = fields;
    const words = fields.words ?? LEAST_WORDS[type] + Math.ceil(rest.length / 2);
    const int32s = new Int32Array(2 * Math.max(words, PREPARE_WORDS));
    const float64s = new Float64Array(int32s.buffer);
    int32s[0] = from;
    float64s[SEQUENCE] = sequence;
    int32s[SLOT] = slot;
    int32s[DETAIL] = detail;
    if (type === PREPARE) float64s[STAMP] = stamp;
    if (coordinator !== undefined) int32s[COORDINATOR] = coordinator;
    int32s.set(rest, type === PARTICIPANTS ? FIRST_PARTICIPANT : 2 * PREPARE_WORDS);
    this.deliver(type, int32s.subarray(0, 2 * words));
  }

  /** A fragment that adds 1 to account 0. */
  prepare(fields: Fields = {}): void {
    this.receive(PREPARE, { rest: [ADD, 0, 1, 0], ...fields });
  }

  loseShard(shard: number): void {
    const int32s = new Int32Array(2 * LINK_DOWN_WORDS);
    int32s[LOST_SHARD] = shard;
    this.deliver(LINK_DOWN_TYPE, int32s);
  }

  private deliver(type: number, int32s: Int32Array): void {
    const at = this.arriving.claim(int32s.length / 2, type);
    this.arriving.int32s.set(int32s, at);
    this.arriving.publish();
    this.exchange.poll(0);
  }

  /** Starts a transaction that reads an account of each of these workers. */
  start(...workers: number[]): Outcome {
    this.session.programs[0] = program(
      'reads',
      workers.map((worker) => operation(worker, READ, 0)),
    );
    return this.exchange.start(0, 0);
  }

  /** Types of what it has sent since the last call. */
  types(): number[] {
    this.exchange.flush();
    const types: number[] = [];
    for (let at = this.sent.next(); at >= 0; at = this.sent.next()) types.push(this.sent.type);
    this.sent.release();
    return types;
  }

  get malformed(): number {
    return this.exchange.malformed;
  }

  get held(): number {
    return this.exchange.participant.held;
  }

  get balance(): number {
    return this.session.stored().get(0) ?? NOTHING;
  }
}

const TYPES = [PREPARE, ANSWER, COMMIT, ABORT, PARTICIPANTS, ASK, KNOWN, HEARD, LAST];
const NO_SEQUENCES = [-1, 0.5, 2 ** 53, 1e300, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
/** A field with which the type is well formed. */
const RIGHT_DETAIL: Record<number, number> = { [ANSWER]: VOTE_YES, [KNOWN]: KNOWN_COMMIT };

describe('a field that there is not', () => {
  const cases: [type: number, fields: Fields][] = TYPES.flatMap((type) => {
    const detail = RIGHT_DETAIL[type] ?? 0;
    const bad: Fields[] = [
      { words: LEAST_WORDS[type] - 1 },
      ...[-1, TERMINALS + 1, 2 ** 31 - 1, -(2 ** 31)].map((slot) => ({ slot })),
      ...NO_SEQUENCES.map((sequence) => ({ sequence })),
    ];
    return bad.map((fields): [number, Fields] => [type, { detail, ...fields }]);
  });

  it.each([
    ...cases,
    [PREPARE - 1, { words: QUESTION_WORDS }],
    [LAST + 1, { words: QUESTION_WORDS }],
    ...NO_SEQUENCES.map((stamp): [number, Fields] => [PREPARE, { stamp }]),
    ...[0, 5, -1].map((detail): [number, Fields] => [ANSWER, { detail }]),
    ...[0, 3, -1].map((detail): [number, Fields] => [KNOWN, { detail, coordinator: 2 }]),
    ...[2, -1].map((detail): [number, Fields] => [HEARD, { detail }]),
    ...[-1, WORKERS, 2 ** 31 - 1].flatMap((coordinator): [number, Fields][] => [
      [ASK, { coordinator }],
      [KNOWN, { coordinator, detail: KNOWN_ABORT }],
    ]),
    [PARTICIPANTS, { detail: 1, words: participantsWords(0) }],
    [PARTICIPANTS, { detail: -1, rest: [0, 1] }],
    [PARTICIPANTS, { detail: 2 ** 31 - 1, rest: [0, 1] }],
    [PARTICIPANTS, { detail: WORKERS + 1, rest: [0, 1, 2, 0] }],
    ...[-1, WORKERS, 7].map((worker): [number, Fields] => [PARTICIPANTS, { detail: 2, rest: [0, worker] }]),
  ] as [number, Fields][])('is refused with its message: type %i, %o', (type, fields) => {
    const victim = new Victim();
    victim.receive(type, fields);
    expect([victim.malformed, victim.held, victim.types()]).toEqual([1, 0, []]);
  });

  it('is none of those that workers send', () => {
    const victim = new Victim();
    for (let slot = 0; slot <= TERMINALS; slot++) {
      victim.prepare({ slot, rest: [], sequence: Number.MAX_SAFE_INTEGER });
      victim.receive(PARTICIPANTS, { slot, sequence: Number.MAX_SAFE_INTEGER, detail: 3, rest: [0, 2, 1] });
    }
    expect(victim.held).toBe(TERMINALS + 1);
    for (let slot = 0; slot <= TERMINALS; slot++) {
      victim.receive(slot === 0 ? ABORT : COMMIT, { slot, sequence: Number.MAX_SAFE_INTEGER });
    }
    victim.receive(ASK, { coordinator: 2 });
    victim.receive(KNOWN, { coordinator: 2, detail: KNOWN_ABORT });
    for (const detail of [0, 1]) victim.receive(HEARD, { sequence: 0, detail });
    expect([victim.malformed, victim.held]).toEqual([0, 0]);
  });
});

describe('a slot of a coordinator', () => {
  it('may be one that the worker itself does not have, where the other has more warehouses', () => {
    // Warehouse 1 is here, 2 and 3 are at worker 1, 4 at worker 2.
    const victim = new Victim([-1, 0, 1, 1, 2]);
    victim.prepare({ slot: 2 * TERMINALS });
    expect([victim.malformed, victim.held]).toEqual([0, 1]);
    victim.prepare({ slot: 2 * TERMINALS + 1 });
    expect([victim.malformed, victim.held]).toEqual([1, 1]);
  });

  it('is still a slot where the worker has more warehouses than the other', () => {
    const victim = new Victim([-1, 0, 0, 1, 2]);
    victim.prepare({ slot: TERMINALS });
    expect([victim.malformed, victim.held]).toEqual([0, 1]);
  });
});

describe('a fragment', () => {
  it('that comes while the one before it is undecided is not executed', () => {
    const victim = new Victim();
    victim.prepare();
    victim.prepare();
    victim.prepare({ sequence: 2 });
    expect([victim.malformed, victim.held, victim.types()]).toEqual([2, 1, [ANSWER]]);
    victim.receive(COMMIT);
    expect([victim.held, victim.balance]).toEqual([0, 31]);
  });

  it('that waits is not committed, and runs when its turn comes', () => {
    const victim = new Victim();
    victim.prepare({ stamp: 5 });
    victim.prepare({ from: 2, stamp: 2 });
    expect(victim.exchange.participant.counters.fragmentWaits).toBe(1);
    victim.receive(COMMIT, { from: 2 });
    expect([victim.malformed, victim.held]).toEqual([1, 2]);
    victim.receive(COMMIT);
    victim.receive(COMMIT, { from: 2 });
    expect([victim.malformed, victim.held, victim.balance]).toEqual([1, 0, 32]);
  });

  it.each([2 ** 52 + 1, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY, 1e300])(
    'with the stamp %d leaves stamps for others',
    (stamp) => {
      const victim = new Victim();
      victim.prepare({ from: 2, stamp, rest: [] });
      expect(victim.start(1)).toBe(PENDING);
      const { coordinator } = victim.exchange;
      const [slot] = (coordinator as unknown as { slots: { stamp: number }[] }).slots;
      expect(slot.stamp).toBe(WORKERS);
    },
  );
});

describe('an answer', () => {
  const yes = (from: number, fields: Fields = {}): [number, Fields] => [
    ANSWER,
    { from, detail: VOTE_YES, words: ANSWER_WORDS + 2, ...fields },
  ];

  it('that comes twice does not count for one that is missing', () => {
    const victim = new Victim();
    expect(victim.start(1, 2)).toBe(PENDING);
    victim.receive(...yes(1));
    victim.receive(...yes(1));
    expect([victim.malformed, victim.outcomes]).toEqual([1, []]);
    victim.receive(...yes(2));
    expect([victim.malformed, victim.outcomes]).toEqual([1, [COMMITTED]]);
  });

  it('of somebody who is not asked does not count, whomever the attempt before asked', () => {
    const victim = new Victim();
    victim.start(1, 2);
    victim.receive(...yes(1, { detail: VOTE_FAILED }));
    expect(victim.start(1)).toBe(PENDING);
    victim.receive(...yes(2, { sequence: 2 }));
    expect([victim.malformed, victim.outcomes]).toEqual([1, [FAILED]]);
    victim.receive(...yes(1, { sequence: 2 }));
    expect([victim.malformed, victim.outcomes]).toEqual([1, [FAILED, COMMITTED]]);
  });

  it('to an attempt that is over is no fault of anybody', () => {
    const victim = new Victim();
    victim.start(1);
    victim.receive(...yes(1));
    victim.receive(...yes(1));
    expect([victim.malformed, victim.outcomes]).toEqual([0, [COMMITTED]]);
  });
});

describe('a question', () => {
  it('that comes again and again is kept once, and answered once', () => {
    const victim = new Victim();
    victim.prepare();
    for (let i = 0; i < 1000; i++) victim.receive(ASK, { from: 2, coordinator: 1 });
    expect((victim.exchange as unknown as { unanswered: Map<number, unknown> }).unanswered.size).toBe(1);
    victim.types();
    victim.receive(COMMIT);
    expect([victim.malformed, victim.types()]).toEqual([0, [KNOWN]]);
  });

  it('of another asker, coordinator or slot is another one', () => {
    const victim = new Victim();
    for (const from of [1, 2]) {
      for (const coordinator of [1, 2]) {
        for (const slot of [0, 1, 2]) victim.receive(ASK, { from, coordinator, slot });
      }
    }
    expect((victim.exchange as unknown as { unanswered: Map<number, unknown> }).unanswered.size).toBe(12);
  });
});

it('asks nobody but those who exist when the link to a coordinator is lost', () => {
  const victim = new Victim();
  victim.prepare();
  victim.receive(PARTICIPANTS, { detail: 2, rest: [0, 7] });
  victim.receive(PARTICIPANTS, { detail: 2, rest: [0, -1] });
  victim.types();
  victim.loseShard(1);
  expect([victim.malformed, victim.types()]).toEqual([2, []]);
  victim.prepare({ from: 2 });
  expect(victim.types()).toEqual([ANSWER]);
});
