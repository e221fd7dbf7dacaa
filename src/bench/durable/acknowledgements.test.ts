import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AcknowledgementListener, Acknowledgements, UNACKNOWLEDGED_MOST } from './acknowledgements.ts';

type Heard = Parameters<AcknowledgementListener['acknowledged']>;

/** Keeps what it hears. */
class Listener implements AcknowledgementListener {
  readonly heard: Heard[] = [];

  acknowledged(...answer: Heard): void {
    this.heard.push(answer);
  }
}

/** One answer, told from others by its receipt. */
const add = (queue: Acknowledgements, epoch: number, receipt: number): void =>
  queue.add(epoch, 0, 0, false, 1, 2, receipt);

const receiptsOf = ({ heard }: Listener): number[] => heard.map(([, , , , , receipt]) => receipt);

describe('answers that wait for their epoch', () => {
  it('are handed over whole', () => {
    const queue = new Acknowledgements();
    const listener = new Listener();
    const answers: Heard[] = [
      [0, 0, false, 1.5, 2.25, Number.NaN],
      [255, 255, true, 1e9, 1e9 + 0.125, 2 ** 53 - 1],
      [2, 4, true, 0, 0, -1],
    ];
    for (const answer of answers) queue.add(7, ...answer);
    queue.settle(7, listener);
    expect(listener.heard).toEqual(answers);
  });

  it('wait while theirs is not durable, and go once', () => {
    const queue = new Acknowledgements();
    const listener = new Listener();
    add(queue, 3, 1);
    add(queue, 3, 2);
    add(queue, 4, 3);
    queue.settle(2, listener);
    expect([queue.count, listener.heard]).toEqual([3, []]);
    queue.settle(3, listener);
    queue.settle(3, listener);
    expect([queue.count, receiptsOf(listener)]).toEqual([1, [1, 2]]);
    queue.settle(9, listener);
    expect([queue.count, receiptsOf(listener)]).toEqual([0, [1, 2, 3]]);
  });

  it('keep their order when more wait than ever before, wherever the queue began', () => {
    const queue = new Acknowledgements();
    const listener = new Listener();
    for (let i = 0; i < 3000; i++) add(queue, i < 2500 ? 1 : 2, i);
    queue.settle(1, listener);
    for (let i = 3000; i < 12_000; i++) add(queue, 3, i);
    queue.settle(3, listener);
    expect(receiptsOf(listener)).toEqual(Array.from({ length: 12_000 }, (_, i) => i));
  });

  it('are as many as are admitted, and no more', () => {
    const queue = new Acknowledgements();
    expect([queue.admits(UNACKNOWLEDGED_MOST), queue.admits(UNACKNOWLEDGED_MOST + 1)]).toEqual([true, false]);
    for (let i = 0; i < UNACKNOWLEDGED_MOST; i++) add(queue, 1, i);
    expect([queue.admits(0), queue.admits(1), queue.most]).toEqual([true, false, UNACKNOWLEDGED_MOST]);
    expect(() => add(queue, 1, -1)).toThrow(/who admits asks first/);
    const listener = new Listener();
    queue.settle(1, listener);
    expect(receiptsOf(listener)).toEqual(Array.from({ length: UNACKNOWLEDGED_MOST }, (_, i) => i));
    expect(queue.admits(UNACKNOWLEDGED_MOST)).toBe(true);
  });

  it('keep their order when the queue goes around', () => {
    const queue = new Acknowledgements();
    const listener = new Listener();
    const added = 5 * UNACKNOWLEDGED_MOST;
    // One epoch always waits, so that the places never begin anew.
    for (let i = 0; i < added; i++) {
      const epoch = 1 + Math.floor(i / 1000);
      add(queue, epoch, i);
      if (i % 1000 === 999) queue.settle(epoch - 1, listener);
    }
    queue.settle(Number.MAX_SAFE_INTEGER, listener);
    const receipts = receiptsOf(listener);
    expect(receipts.length).toBe(added);
    expect(receipts.findIndex((receipt, i) => receipt !== i)).toBe(-1);
    expect(queue.most).toBeLessThanOrEqual(2000);
  });

  it('go in the order of the commits and never before they are durable, whatever happens when', () => {
    let acknowledged = 0;
    const step = fc.record({
      epochs: fc.integer({ min: 0, max: 2 }),
      answers: fc.integer({ min: 0, max: 5 }),
      durable: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), (steps) => {
        const queue = new Acknowledgements();
        const listener = new Listener();
        const epochs: number[] = [];
        let epoch = 1;
        let durable = 0;
        for (const { epochs: ticks, answers, durable: more } of steps) {
          epoch += ticks;
          for (let i = 0; i < answers; i++) {
            add(queue, epoch, epochs.length);
            epochs.push(epoch);
          }
          durable = Math.min(durable + more, epoch);
          queue.settle(durable, listener);
          // Exactly what is durable: none of it waits, none of the rest is told.
          const due = epochs.filter((each) => each <= durable).length;
          expect(listener.heard.length).toBe(due);
          expect(queue.count).toBe(epochs.length - due);
        }
        expect(receiptsOf(listener)).toEqual(listener.heard.map((_, i) => i));
        acknowledged += listener.heard.length;
      }),
      { seed: 1, numRuns: 200 },
    );
    expect(acknowledged).toBeGreaterThan(2000);
  });
});
