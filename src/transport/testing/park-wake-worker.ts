/**
 * A thread that sends, receives and sleeps, as an actor for the explorer. Every step calls the real code:
 *
 *   send            Outbox.claim and the payload
 *   refill          Outbox.refillOne     \ what Outbox.flush does
 *   publish         Outbox.publish       /
 *   look            Doorbell.look        \
 *   take            Doorbell.take         | what Doorbell.ring does, and ringForRoom after a release
 *   wake            Doorbell.wake        /
 *   next, release   RingConsumer.next, release
 *   announce        Doorbell.announce
 *   look again      RingConsumer.hasNext for every ring, then Outbox.canRefill
 *   fall asleep     Doorbell.sleep       \ what Doorbell.park does; without time the real Atomics.wait says whether
 *   get up          Doorbell.cancel      / it would sleep. The explorer has no time limits: a lost wake must show.
 */
import { createDoorbell, Doorbell, PARKED, PARKED_FOR_ROOM } from '../doorbell.ts';
import { Outbox } from '../outbox.ts';
import { RingConsumer } from '../ring-consumer.ts';
import { type Actor, type Step, Violation } from './explorer.ts';
import {
  ANNOUNCE,
  ASLEEP,
  DONE,
  FALL_ASLEEP,
  GET_UP,
  LOOK,
  LOOK_AGAIN,
  LOOK_AGAIN_ROOM,
  LOOK_ROOM,
  type Mutation,
  NEXT,
  PUBLISH,
  READ_LATE,
  REFILL,
  RELEASE,
  SEND,
  STEP_NAMES,
  TAKE,
  TAKE_ROOM,
  WAKE,
  WAKE_ROOM,
} from './park-wake-program.ts';

/** The thread at the other end of a ring, and this thread's own object over its doorbell. */
interface Peer {
  worker: Worker;
  doorbell: Doorbell;
}

interface Options {
  /** What a drain takes from one source before it turns to something else. */
  drainFramesMax: number;
  mutation: Mutation | null;
}

/** Lets `from` send `messages` messages to `to`, which expects them in order. */
export function link(from: Worker, to: Worker, ring: SharedArrayBuffer, messages: number): void {
  from.target = { outbox: new Outbox(ring), peer: { worker: to, doorbell: new Doorbell(to.doorbellMemory) } };
  from.messages = messages;
  const peer = { worker: from, doorbell: new Doorbell(from.doorbellMemory) };
  to.sources.push({ consumer: new RingConsumer(ring), peer, expected: 0, count: messages });
}

export class Worker implements Actor {
  readonly name: string;
  readonly doorbellMemory = createDoorbell();
  readonly doorbell = new Doorbell(this.doorbellMemory);
  readonly sources: { consumer: RingConsumer; peer: Peer; expected: number; count: number }[] = [];
  target: { outbox: Outbox; peer: Peer } | null = null;
  messages = 0;
  private readonly drainFramesMax: number;
  private readonly mutation: Mutation | null;
  private pc = SEND;
  private sent = 0;
  private source = 0;
  private drained = 0;
  private seen = 0;
  private payload = 0;
  private mustSend = true;
  private hasProgress = false;

  constructor(name: string, options: Options) {
    this.name = name;
    this.drainFramesMax = options.drainFramesMax;
    this.mutation = options.mutation;
  }

  get isDone(): boolean {
    return this.pc === DONE;
  }

  steps(): readonly Step[] {
    if (this.pc === ASLEEP || this.pc === DONE) return [];
    if (this.pc !== SEND) return [{ name: STEP_NAMES[this.pc], take: () => this.step() }];
    const send = { name: `send ${this.sent}`, take: () => this.send() };
    const turn = { name: 'turn to the ring', take: () => this.turn() };
    if (this.sent === this.messages) return [turn];
    // A batch has one message at least, so that a round without any progress is one after which it sleeps.
    return this.mustSend ? [send] : [send, turn];
  }

  private send(): void {
    const outbox = this.target?.outbox as Outbox;
    const ring = outbox['ring'];
    let payload = -1;
    if (this.mutation === 'overtake the backlog' && outbox.backlogWords > 0) payload = ring.claim(1, 1);
    if (payload !== -1) ring.int32s[payload] = this.sent;
    else {
      payload = outbox.claim(1, 1);
      outbox.int32s[payload] = this.sent;
    }
    this.sent++;
    this.mustSend = false;
    this.hasProgress = true;
  }

  private turn(): void {
    this.mustSend = true;
    if (this.target === null) this.startDraining();
    else this.pc = REFILL;
  }

  private step(): void {
    switch (this.pc) {
      case REFILL:
        if (this.target?.outbox.refillOne()) this.hasProgress = true;
        else this.pc = this.mutation === 'look at the doorbell before publishing' ? LOOK : PUBLISH;
        return;
      case PUBLISH:
        this.publish();
        return;
      case LOOK:
        this.seen = this.target?.peer.doorbell.look() as number;
        if (this.mutation === 'look at the doorbell before publishing') this.pc = PUBLISH;
        else this.afterLook();
        return;
      case TAKE:
        if (this.target?.peer.doorbell.take(this.seen)) this.pc = WAKE;
        else this.startDraining();
        return;
      case WAKE:
        this.wake(this.target?.peer as Peer);
        this.startDraining();
        return;
      case NEXT:
        this.next();
        return;
      case RELEASE:
        this.release();
        return;
      case LOOK_ROOM:
        this.seen = this.sources[this.source].peer.doorbell.look();
        if (this.mutation === 'look at the doorbell before releasing') this.pc = RELEASE;
        else this.afterLookRoom();
        return;
      case TAKE_ROOM:
        if (this.sources[this.source].peer.doorbell.take(this.seen)) this.pc = WAKE_ROOM;
        else this.nextSource();
        return;
      case WAKE_ROOM:
        this.wake(this.sources[this.source].peer);
        this.nextSource();
        return;
      case READ_LATE:
        this.read(this.payload);
        this.pc = LOOK_ROOM;
        return;
      default:
        this.stepToSleep();
        return;
    }
  }

  private stepToSleep(): void {
    switch (this.pc) {
      case ANNOUNCE:
        this.doorbell.announce(this.hasBacklog && this.mutation !== 'sleep with a backlog on frames alone');
        if (this.mutation === 'sleep without looking again' || this.mutation === 'look again before announcing')
          this.pc = FALL_ASLEEP;
        else this.startLookingAgain();
        return;
      case LOOK_AGAIN:
        if (this.sources[this.source].consumer.hasNext()) this.pc = GET_UP;
        else if (++this.source === this.sources.length) this.afterLookingAgain();
        return;
      case LOOK_AGAIN_ROOM:
        this.pc = this.target?.outbox.canRefill() ? GET_UP : this.sleepOrAnnounce;
        return;
      case FALL_ASLEEP:
        this.pc = this.doorbell.sleep(0) ? GET_UP : ASLEEP;
        return;
      case GET_UP:
        this.doorbell.cancel();
        this.pc = SEND;
        return;
      default:
        throw new Error(`no step at ${this.pc}`);
    }
  }

  private publish(): void {
    if (!this.target?.outbox.publish()) this.startDraining();
    else if (this.mutation === 'look at the doorbell before publishing') this.afterLook();
    else this.pc = LOOK;
  }

  private afterLook(): void {
    if (this.seen !== PARKED && this.seen !== PARKED_FOR_ROOM) this.startDraining();
    else this.pc = this.mutation === 'wake without changing the word' ? WAKE : TAKE;
  }

  private startDraining(): void {
    this.source = -1;
    this.nextSource();
  }

  private nextSource(): void {
    this.source++;
    this.drained = 0;
    this.seen = 0;
    this.payload = 0;
    if (this.source < this.sources.length) this.pc = NEXT;
    else this.endRound();
  }

  private next(): void {
    const payload = this.sources[this.source].consumer.next();
    if (payload !== -1) {
      this.hasProgress = true;
      this.drained++;
      if (this.mutation === 'read after releasing') this.payload = payload;
      else this.read(payload);
    }
    if (payload !== -1 && this.drained < this.drainFramesMax) return;
    if (this.drained === 0) this.nextSource();
    else this.pc = this.mutation === 'look at the doorbell before releasing' ? LOOK_ROOM : RELEASE;
  }

  private read(payload: number): void {
    const source = this.sources[this.source];
    const number = source.consumer.int32s[payload];
    if (number !== source.expected) throw new Violation(`got ${number} instead of ${source.expected}`);
    source.expected++;
  }

  private release(): void {
    this.sources[this.source].consumer.release();
    if (this.mutation === 'read after releasing') this.pc = READ_LATE;
    else if (this.mutation === 'release without ringing for room') this.nextSource();
    else if (this.mutation === 'look at the doorbell before releasing') this.afterLookRoom();
    else this.pc = LOOK_ROOM;
  }

  private afterLookRoom(): void {
    if (this.seen === PARKED_FOR_ROOM) this.pc = TAKE_ROOM;
    else this.nextSource();
  }

  private endRound(): void {
    const hasProgress = this.hasProgress;
    this.source = 0;
    this.hasProgress = false;
    const isComplete = this.sent === this.messages && this.sources.every(({ expected, count }) => expected === count);
    if (isComplete && !this.hasBacklog) this.pc = DONE;
    else if (hasProgress) this.pc = SEND;
    else if (this.mutation === 'look again before announcing') this.startLookingAgain();
    else this.pc = ANNOUNCE;
  }

  private startLookingAgain(): void {
    this.source = 0;
    if (this.sources.length > 0) this.pc = LOOK_AGAIN;
    else this.afterLookingAgain();
  }

  private afterLookingAgain(): void {
    this.source = 0;
    this.pc =
      this.hasBacklog && this.mutation !== 'sleep without looking again for room'
        ? LOOK_AGAIN_ROOM
        : this.sleepOrAnnounce;
  }

  private get sleepOrAnnounce(): number {
    return this.mutation === 'look again before announcing' ? ANNOUNCE : FALL_ASLEEP;
  }

  private get hasBacklog(): boolean {
    return this.target !== null && this.target.outbox.backlogWords > 0;
  }

  private wake(peer: Peer): void {
    peer.doorbell.wake();
    if (peer.worker.pc === ASLEEP) peer.worker.pc = GET_UP;
  }
}
