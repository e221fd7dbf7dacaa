import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeliveryQueue } from './delivery-queue.ts';

describe('DeliveryQueue', () => {
  it('gives requests back in the order in which they came, whatever the mixture of both', () => {
    // Positive: so many pushes; negative: so many shifts, as far as there are requests.
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -90, max: 150 }), { maxLength: 40 }), (steps) => {
        const queue = new DeliveryQueue();
        const model: [number, number][] = [];
        let next = 1;
        for (const step of steps) {
          for (let i = 0; i < step; i++) {
            queue.push(next, (next % 10) + 1);
            model.push([next, (next % 10) + 1]);
            next++;
          }
          for (let i = 0; i < -step && model.length > 0; i++) {
            expect([queue.warehouseId, queue.carrierId]).toEqual(model.shift());
            queue.shift();
          }
          expect(queue.length).toBe(model.length);
        }
        while (model.length > 0) {
          expect([queue.warehouseId, queue.carrierId]).toEqual(model.shift());
          queue.shift();
        }
        expect(queue.length).toBe(0);
      }),
    );
  });

  it('grows while its ring is wrapped', () => {
    const queue = new DeliveryQueue();
    for (let i = 0; i < 60; i++) queue.push(i, 1);
    for (let i = 0; i < 50; i++) queue.shift();
    for (let i = 60; i < 1000; i++) queue.push(i, 1);
    for (let i = 50; i < 1000; i++) {
      expect(queue.warehouseId).toBe(i);
      queue.shift();
    }
  });

  it('has nothing to shift when it is empty', () => {
    const queue = new DeliveryQueue();
    expect(() => queue.shift()).toThrow('empty');
    queue.push(1, 1);
    queue.shift();
    expect(() => queue.shift()).toThrow('empty');
  });
});
