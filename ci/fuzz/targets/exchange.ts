/**
 * A worker of shard 0 whose peers are in other processes: their messages arrive in any order, in any number and with any
 * content that `FrameDecoder` lets through. Inputs are short programs: transactions of its own, honest answers, and others.
 */

import { Partition } from '../../../src/engine/partition.ts';
import type { CompletionListener } from '../../../src/shard/completion.ts';
import { PENDING, QUEUED } from '../../../src/shard/contract.ts';
import { Exchange } from '../../../src/shard/exchange.ts';
import {
  ABORT,
  ANSWER,
  ANSWER_WORDS,
  COMMIT,
  DECISION_WORDS,
  DETAIL,
  PREPARE,
  PREPARE_WORDS,
  QUESTION_WORDS,
  SEQUENCE,
  SLOT,
  STAMP,
  VOTE_CONFLICT,
  VOTE_YES,
} from '../../../src/shard/message-layout.ts';
import { layPlumbing } from '../../../src/shard/plumbing.ts';
import {
  FROM_WORKER,
  LINK_DOWN_TYPE,
  LINK_DOWN_WORDS,
  LOST_SHARD,
  NO_WORKER,
  TO_WORKER,
} from '../../../src/transport/envelope.ts';
import { RingConsumer } from '../../../src/transport/ring-consumer.ts';
import { RingProducer } from '../../../src/transport/ring-producer.ts';
import { check, type FuzzTarget, type OpenTarget } from '../fuzz-target.ts';
import { FuzzSession, LONGEST_BODY_WORDS } from './exchange-session.ts';

/** Each runs one worker; the first one is under test. */
const SHARDS = 3;
const TERMINALS = 3;
const OPERATIONS_MAX = 120;
/** Bytes of an operation. */
const OPERATION_BYTES = 6;

/** A message to worker 0, or one that it sent. */
interface Message {
  type: number;
  int32s: Int32Array;
}

const SEQUENCES = [
  0,
  1,
  2,
  3,
  8191,
  8192,
  2 ** 31,
  2 ** 53,
  -1,
  0.5,
  1e300,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.MAX_SAFE_INTEGER,
];
const INT32S = [0, 1, 2, 3, 4, 7, 255, 4096, 65_536, -1, -2, 2 ** 31 - 1, -(2 ** 31)];

class World implements CompletionListener {
  private readonly session = new FuzzSession();
  private readonly partition = new Partition(2 ** 26);
  private readonly exchange: Exchange;
  private readonly toWorker: RingProducer;
  private readonly fromWorker: RingConsumer;
  private readonly running = new Array<boolean>(TERMINALS).fill(false);
  private readonly lost = new Set<number>();
  /** Fragments that wait for an answer; fragments of others that wait for a decision. */
  private readonly asked: Message[] = [];
  private readonly prepared: Message[] = [];
  private readonly delivered: Message[] = [];
  /** Whether only messages came that a worker of this program would send. */
  isHonest = true;
  private lastSequence = 0;
  private nowMs = 0;

  constructor() {
    const { mailboxes, transports } = layPlumbing({
      shards: SHARDS,
      workersPerShard: 1,
      localShardIds: [0],
      mode: 'tcp',
      ringCapacityBytes: 0,
      longestBodyWords: LONGEST_BODY_WORDS,
    });
    const [worker] = transports[0].workers;
    this.toWorker = new RingProducer(worker.fromTransport);
    this.fromWorker = new RingConsumer(worker.toTransport);
    this.session.open(this.partition);
    this.exchange = new Exchange(
      {
        plumbing: mailboxes[0][0],
        totalWorkers: SHARDS,
        workersPerShard: 1,
        workerOfWarehouse: new Int32Array(0),
        terminals: TERMINALS,
        severalProcesses: true,
      },
      this.session,
      this.partition,
      this.partition.access,
      { now: () => this.nowMs, epochOffsetMs: 0 },
      () => 0.5,
      this,
    );
    this.session.connect(this.exchange);
  }

  complete(terminal: number): void {
    check(this.running[terminal], 'a transaction completes that does not run');
    this.running[terminal] = false;
  }

  conflict(): void {}

  perform(kind: number, a: number, b: number, c: number, d: number, e: number): void {
    const from = 1 + (a & 1);
    switch (kind % 8) {
      case 0:
        this.start(a % TERMINALS, b);
        break;
      case 1:
        this.answer(a, b);
        break;
      case 2:
        this.prepare(from, b, c, d);
        break;
      case 3:
        this.decide(a, b);
        break;
      case 4:
        this.isHonest = false;
        this.sendAnything(from, a >> 1, b, c, d, e);
        break;
      case 5:
        this.loseShard(from);
        break;
      case 6:
        this.nowMs += b;
        break;
      case 7:
        this.isHonest = false;
        if (this.delivered.length > 0) this.deliver(this.delivered[a % this.delivered.length]);
        break;
    }
    this.turn();
  }

  /** What holds whatever the others say. */
  checkAtEnd(): void {
    const { coordinator, participant } = this.exchange;
    check(coordinator.inFlight >= 0 && participant.held >= 0, 'more was ended than was begun');
    check(this.running.filter(Boolean).length >= coordinator.inFlight, 'a transaction runs that nobody started');
    check(!this.isHonest || this.exchange.malformed === 0, 'a message is refused that a worker sends');
  }

  private start(terminal: number, plan: number): void {
    if (this.running[terminal]) return;
    this.session.plans[terminal] = plan;
    this.running[terminal] = true;
    const outcome = this.exchange.start(terminal, this.nowMs);
    check(outcome !== QUEUED, 'nothing is queued');
    if (outcome !== PENDING) this.running[terminal] = false;
  }

  /** The honest answer to a fragment. */
  private answer(place: number, vote: number): void {
    const [asked] = this.asked.splice(place % Math.max(1, this.asked.length), 1);
    if (asked === undefined) return;
    const message = this.message(ANSWER, asked.int32s[TO_WORKER], ANSWER_WORDS + 1);
    message.int32s.set(asked.int32s.subarray(2 * SEQUENCE, 2 * SEQUENCE + 3), 2 * SEQUENCE);
    message.int32s[DETAIL] = vote % 8 < 4 ? VOTE_YES : VOTE_CONFLICT + (vote % 3);
    this.deliver(message);
  }

  /** An honest fragment of another worker. */
  private prepare(from: number, slot: number, age: number, content: number): void {
    const words = content % (LONGEST_BODY_WORDS + 1);
    const message = this.message(PREPARE, from, PREPARE_WORDS + words);
    const float64s = new Float64Array(message.int32s.buffer);
    float64s[SEQUENCE] = ++this.lastSequence;
    float64s[STAMP] = age * SHARDS + from;
    const slots = this.prepared.map(({ int32s }) => (int32s[FROM_WORKER] === from ? int32s[SLOT] : -1));
    message.int32s[SLOT] = slot % 4;
    if (slots.includes(message.int32s[SLOT])) return;
    for (let word = 0; word < words; word++) {
      message.int32s[2 * (PREPARE_WORDS + word)] = (content >> (word % 8)) & 7;
      message.int32s[2 * (PREPARE_WORDS + word) + 1] = (content + word) & 15;
    }
    this.prepared.push(message);
    this.deliver(message);
  }

  private decide(place: number, kind: number): void {
    const [prepared] = this.prepared.splice(place % Math.max(1, this.prepared.length), 1);
    if (prepared === undefined) return;
    // Only who said yes hears of a commit.
    const saidYes = this.session.executed.has(new Float64Array(prepared.int32s.buffer)[SEQUENCE]);
    const message = this.message(
      saidYes && kind % 2 === 0 ? COMMIT : ABORT,
      prepared.int32s[FROM_WORKER],
      DECISION_WORDS,
    );
    message.int32s.set(prepared.int32s.subarray(2 * SEQUENCE, 2 * SEQUENCE + 3), 2 * SEQUENCE);
    this.deliver(message);
  }

  /** Whatever a process may send that passes for a peer. */
  private sendAnything(
    from: number,
    type: number,
    sequence: number,
    slot: number,
    detail: number,
    length: number,
  ): void {
    const message = this.message(PREPARE + (type % 9), from, 1 + (length % (QUESTION_WORDS + 8)));
    const { int32s } = message;
    const words = int32s.length / 2;
    const float64s = new Float64Array(int32s.buffer);
    if (words > SEQUENCE) {
      float64s[SEQUENCE] = sequence < 128 ? this.lastSequence - (sequence % 4) : SEQUENCES[sequence % SEQUENCES.length];
    }
    if (int32s.length > SLOT) int32s[SLOT] = slot < 128 ? slot % 4 : INT32S[slot % INT32S.length];
    if (int32s.length > DETAIL) int32s[DETAIL] = detail < 64 ? detail % 5 : INT32S[detail % INT32S.length];
    if (words > STAMP && length >= 128) float64s[STAMP] = SEQUENCES[length % SEQUENCES.length];
    else for (let at = DETAIL + 1; at < int32s.length; at++) int32s[at] = INT32S[(length + at) % INT32S.length];
    this.deliver(message);
  }

  private loseShard(shard: number): void {
    if (this.lost.has(shard)) return;
    const message = this.message(LINK_DOWN_TYPE, NO_WORKER, LINK_DOWN_WORDS);
    message.int32s[LOST_SHARD] = shard;
    this.deliver(message);
    this.lost.add(shard);
    this.prepared.splice(
      0,
      this.prepared.length,
      ...this.prepared.filter(({ int32s }) => int32s[FROM_WORKER] !== shard),
    );
    this.asked.splice(0, this.asked.length, ...this.asked.filter(({ int32s }) => int32s[TO_WORKER] !== shard));
  }

  private message(type: number, from: number, words: number): Message {
    const int32s = new Int32Array(2 * words);
    int32s[FROM_WORKER] = from;
    int32s[TO_WORKER] = 0;
    return { type, int32s };
  }

  /** Nothing comes over a link that is lost. */
  private deliver(message: Message): void {
    if (this.lost.has(message.int32s[FROM_WORKER])) return;
    const at = this.toWorker.claim(message.int32s.length / 2, message.type);
    check(at >= 0, 'a ring that is drained has room');
    this.toWorker.int32s.set(message.int32s, at);
    this.toWorker.publish();
    if (message.type !== LINK_DOWN_TYPE) this.delivered.push(message);
  }

  private turn(): void {
    this.exchange.poll(this.nowMs);
    this.exchange.flush();
    const { fromWorker } = this;
    for (let at = fromWorker.next(); at >= 0; at = fromWorker.next()) {
      const { type, payloadWords } = fromWorker;
      const int32s = Int32Array.from(fromWorker.int32s.subarray(at, at + 2 * payloadWords));
      check(int32s[TO_WORKER] > 0 && int32s[TO_WORKER] < SHARDS, 'it sends to nobody');
      if (type !== PREPARE) continue;
      check(Number.isSafeInteger(new Float64Array(int32s.buffer)[STAMP]), 'it has no stamps left');
      this.asked.push({ type, int32s });
    }
    fromWorker.release();
  }
}

/** A transaction at two others, fragments that commit, one that waits, losses; and a commit for a fragment that waits. */
const PROGRAMS: readonly (readonly number[])[] = [
  [0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0],
  [2, 0, 0, 9, 3, 0, 2, 1, 0, 5, 3, 0, 3, 0, 0, 0, 0, 0, 3, 0, 1, 0, 0, 0],
  [0, 0, 3, 0, 0, 0, 1, 0, 5, 0, 0, 0, 6, 0, 200, 0, 0, 0, 1, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0],
  [2, 0, 1, 9, 3, 0, 5, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0],
  [2, 0, 0, 9, 1, 0, 2, 1, 0, 3, 1, 0, 3, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0],
  [2, 0, 0, 9, 1, 0, 2, 1, 0, 3, 1, 0, 4, 5, 0, 0, 0, 2],
];

export const EXCHANGE: FuzzTarget = {
  name: 'exchange',
  describe: 'Exchange.receive: messages between the workers of several processes',
  bytesMax: OPERATIONS_MAX * OPERATION_BYTES,
  unitBytes: OPERATION_BYTES,
  dictionary: PROGRAMS.map((bytes) => Uint8Array.from(bytes)),
  guidedBy: /\/src\/(shard|engine)\//,
  knownFailures: [],
  seeds: () => PROGRAMS.map((bytes) => Uint8Array.from(bytes)),
  open: async (): Promise<OpenTarget> => ({
    execute: (input) => {
      const world = new World();
      try {
        for (let at = 0; at < input.length; at += OPERATION_BYTES) {
          const [kind, a = 0, b = 0, c = 0, d = 0, e = 0] = input.subarray(at, at + OPERATION_BYTES);
          world.perform(kind, a, b, c, d, e);
        }
        world.checkAtEnd();
      } catch (error) {
        // What only a peer that went mad may cause must not hide what honest ones cause.
        if (world.isHonest && error instanceof Error) error.message = `among honest peers: ${error.message}`;
        throw error;
      }
    },
    close: async () => {},
  }),
};
