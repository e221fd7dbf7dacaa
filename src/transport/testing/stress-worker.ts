/** One of the two threads of the stress test: sends and receives through the real loop of ring, backlog and doorbell. */
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../assert.ts';
import { Doorbell, type DoorbellCounters } from '../doorbell.ts';
import { Outbox, type OutboxCounters } from '../outbox.ts';
import { RingConsumer } from '../ring-consumer.ts';

export interface StressTask {
  outbound: SharedArrayBuffer;
  inbound: SharedArrayBuffer;
  ownDoorbell: SharedArrayBuffer;
  peerDoorbell: SharedArrayBuffer;
  /** What makes the content of the messages of one side differ from those of the other. */
  seed: number;
  peerSeed: number;
  messages: number;
  payloadWordsMax: number;
  /** A park that takes longer is a lost wake. */
  parkTimeoutMs: number;
}

export interface StressResult {
  sentChecksum: number;
  receivedChecksum: number;
  received: number;
  /** Frames whose number, length or content was not the expected one. */
  wrong: number;
  outbox: OutboxCounters;
  /** Of the own doorbell: parks. */
  own: DoorbellCounters;
  /** Of the peer's doorbell: wakes. */
  peer: DoorbellCounters;
}

const SEND_BATCH = 8;
const DRAIN_BATCH = 5;
/** No new message is sent above it: what a worker's admission does. */
const BACKLOG_WORDS_MAX = 256;

/** A message carries its number in its first int32; the rest follows from the number. */
const payloadWordsOf = (number: number, max: number): number => 1 + ((Math.imul(number, 0x9e3779b1) >>> 8) % max);
const contentOf = (seed: number, number: number, position: number): number =>
  Math.imul(number * 2 + seed, 0x85ebca6b) ^ position;
const mix = (checksum: number, value: number): number => (Math.imul(checksum, 31) + value) | 0;

class StressWorker {
  private readonly task: StressTask;
  private readonly outbox: Outbox;
  private readonly consumer: RingConsumer;
  private readonly own: Doorbell;
  private readonly peer: Doorbell;
  private sent = 0;
  private sentChecksum = 0;
  private received = 0;
  private receivedChecksum = 0;
  private wrong = 0;

  constructor(task: StressTask) {
    this.task = task;
    this.outbox = new Outbox(task.outbound);
    this.consumer = new RingConsumer(task.inbound);
    this.own = new Doorbell(task.ownDoorbell);
    this.peer = new Doorbell(task.peerDoorbell);
  }

  run(): StressResult {
    const { outbox, consumer, own, peer, task } = this;
    while (this.sent < task.messages || this.received < task.messages || outbox.backlogWords > 0) {
      const sent = this.sendBatch();
      const isFlushed = outbox.flush();
      if (isFlushed) peer.ring();
      const received = this.drainBatch();
      if (consumer.release()) peer.ringForRoom();
      if (!sent && !isFlushed && !received) this.park();
    }
    const { sentChecksum, receivedChecksum, received, wrong } = this;
    const counters = { outbox: outbox.counters, own: own.counters, peer: peer.counters };
    return { sentChecksum, receivedChecksum, received, wrong, ...counters };
  }

  private park(): void {
    const waitsForRoom = this.outbox.backlogWords > 0;
    this.own.announce(waitsForRoom);
    if (this.consumer.hasNext() || this.outbox.canRefill()) this.own.cancel();
    else assert(this.own.park(this.task.parkTimeoutMs), 'nobody woke a thread that had work left');
  }

  private sendBatch(): boolean {
    let batch = 0;
    while (batch < SEND_BATCH && this.sent < this.task.messages && this.outbox.backlogWords < BACKLOG_WORDS_MAX) {
      const payloadWords = payloadWordsOf(this.sent, this.task.payloadWordsMax);
      const payload = this.outbox.claim(payloadWords, 1 + (this.sent & 1));
      const { int32s } = this.outbox;
      int32s[payload] = this.sent;
      for (let i = 1; i < payloadWords * 2; i++) int32s[payload + i] = contentOf(this.task.seed, this.sent, i);
      for (let i = 0; i < payloadWords * 2; i++) this.sentChecksum = mix(this.sentChecksum, int32s[payload + i]);
      this.sent++;
      batch++;
    }
    return batch > 0;
  }

  private drainBatch(): boolean {
    let batch = 0;
    for (; batch < DRAIN_BATCH; batch++) {
      const payload = this.consumer.next();
      if (payload === -1) break;
      this.receive(payload);
    }
    return batch > 0;
  }

  private receive(payload: number): void {
    const { int32s, payloadWords, type } = this.consumer;
    const number = this.received++;
    let isRight = payloadWords === payloadWordsOf(number, this.task.payloadWordsMax);
    isRight &&= type === 1 + (number & 1) && int32s[payload] === number;
    for (let i = 0; i < payloadWords * 2; i++) {
      isRight &&= i === 0 || int32s[payload + i] === contentOf(this.task.peerSeed, number, i);
      this.receivedChecksum = mix(this.receivedChecksum, int32s[payload + i]);
    }
    if (!isRight) this.wrong++;
  }
}

assert(parentPort !== null, 'this module runs on a worker thread');
parentPort.postMessage(new StressWorker(workerData as StressTask).run());
