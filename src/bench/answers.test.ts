import { describe, expect, it } from 'vitest';
import { type AnswerRecorder, Answers } from './answers.ts';
import { COMMITTED, QUEUED, USER_ABORT } from './contract.ts';
import { Acknowledgements } from './durable/acknowledgements.ts';
import type { DurabilityHook, ReceiptHook } from './worker-hooks.ts';

const PAYMENT = 1;
const DELIVERY = 3;

/** What becomes of answers, with a clock and a durable epoch that the test moves. Receipts are terminals. */
class World {
  nowMs = 0;
  durableEpoch = 0;
  epoch = 1;
  /** Everything that is told, in its order. */
  readonly told: string[] = [];
  readonly answers: Answers;
  readonly durable: DurabilityHook;

  constructor({ isDurable = true, hasReceipts = false } = {}) {
    const { told } = this;
    const recorder = {
      commit: (type: number, crossed: boolean, ms: number) => told.push(`commit ${type} ${crossed} ${ms}`),
      userAbort: (type: number, crossed: boolean, ms: number) => told.push(`abort ${type} ${crossed} ${ms}`),
      answer: (type: number, crossed: boolean, ms: number) => told.push(`queued ${type} ${crossed} ${ms}`),
      deferredCommit: (type: number, ms: number) => told.push(`deferred ${type} ${ms}`),
      times: {
        addDurability: (type: number, _crossed: boolean, isDeferred: boolean, ms: number) =>
          told.push(`waited ${type}${isDeferred ? ' deferred' : ''} ${ms}`),
      },
    } as unknown as AnswerRecorder;
    const queue = new Acknowledgements();
    this.durable = {
      add: (...answer: Parameters<DurabilityHook['add']>) => queue.add(this.epoch, ...answer),
      endTurn: (listener: Parameters<DurabilityHook['endTurn']>[0]) => queue.settle(this.durableEpoch, listener),
    } as unknown as DurabilityHook;
    const receipts: ReceiptHook = {
      of: (terminal) => terminal,
      note: (type, receipt) => told.push(`note ${type} ${receipt}`),
      flush: () => told.push('flush'),
    };
    const clock = { now: () => this.nowMs, epochOffsetMs: 0 };
    this.answers = new Answers(recorder, clock, isDurable ? this.durable : null, hasReceipts ? receipts : null);
  }

  settle(): string[] {
    this.answers.settle(this.durable);
    return this.told.splice(0);
  }
}

describe('an answer', () => {
  it('counts at once where nothing is made durable, and its latency ends with it', () => {
    const { answers, told } = new World({ isDurable: false });
    answers.add(COMMITTED, 0, PAYMENT, true, 10, 14);
    answers.add(USER_ABORT, 0, PAYMENT, false, 10, 15);
    answers.add(QUEUED, 0, DELIVERY, false, 10, 11);
    answers.addDeferred(DELIVERY, 10, 30);
    expect(told).toEqual([`commit ${PAYMENT} true 4`, `abort ${PAYMENT} false 5`, 'queued 3 false 1', 'deferred 3 20']);
    expect(answers.committed).toBe(2);
  });

  it('of a durable run counts when its epoch is durable, and its latency ends then', () => {
    const world = new World();
    world.answers.add(COMMITTED, 0, PAYMENT, true, 10, 14);
    world.nowMs = 20;
    expect(world.settle()).toEqual([]);
    world.durableEpoch = 1;
    world.nowMs = 35;
    expect(world.settle()).toEqual(['waited 1 21', 'commit 1 true 25']);
    world.nowMs = 40;
    expect(world.settle()).toEqual([]);
  });

  it('waits whatever it says: an abort, a queued and a deferred one show what they read', () => {
    const world = new World();
    world.answers.add(USER_ABORT, 0, PAYMENT, false, 1, 2);
    world.answers.add(QUEUED, 0, DELIVERY, false, 1, 3);
    world.answers.addDeferred(DELIVERY, 3, 5);
    expect(world.settle()).toEqual([]);
    world.durableEpoch = 1;
    world.nowMs = 9;
    expect(world.settle()).toEqual([
      'waited 1 7',
      'abort 1 false 8',
      'waited 3 6',
      'queued 3 false 8',
      'waited 3 deferred 4',
      'deferred 3 6',
    ]);
  });

  it('counts as come to its commit point at once, durable or not, since the last restart', () => {
    const world = new World();
    world.answers.add(COMMITTED, 0, PAYMENT, false, 1, 2);
    world.answers.restart();
    expect(world.answers.committed).toBe(0);
    world.answers.add(COMMITTED, 0, PAYMENT, false, 3, 4);
    world.answers.add(USER_ABORT, 0, PAYMENT, false, 3, 4);
    expect([world.answers.committed, world.told]).toEqual([1, []]);
  });

  it('that is acknowledged outside the measurement is not recorded', () => {
    const world = new World({ hasReceipts: true });
    world.answers.add(COMMITTED, 7, PAYMENT, false, 1, 2);
    world.answers.recording = false;
    world.durableEpoch = 1;
    // What a client was promised is kept none the less.
    expect(world.settle()).toEqual(['note 1 7', 'flush']);
  });

  it('leaves its receipt when it is acknowledged, kept for good in the same turn', () => {
    const world = new World({ hasReceipts: true });
    world.answers.add(COMMITTED, 7, PAYMENT, false, 1, 2);
    world.epoch = 2;
    world.answers.add(COMMITTED, 8, PAYMENT, false, 1, 2);
    expect(world.settle()).toEqual(['flush']);
    world.durableEpoch = 1;
    world.nowMs = 5;
    expect(world.settle()).toEqual(['note 1 7', 'waited 1 3', 'commit 1 false 4', 'flush']);
    world.durableEpoch = 2;
    expect(world.settle().slice(0, 1)).toEqual(['note 1 8']);
  });

  it('has no receipt where it did not commit', () => {
    const world = new World({ hasReceipts: true });
    world.answers.add(USER_ABORT, 7, PAYMENT, false, 1, 2);
    world.durableEpoch = 1;
    expect(world.settle()[0]).toBe('note 1 NaN');
  });
});
