/** Deliveries that terminals have asked for and that nobody has executed yet (TPC-C 2.7.2), first in first out. */
import { assert } from '../../src/assert.ts';

const FIRST_CAPACITY = 64;

export class DeliveryQueue {
  /** Warehouse and carrier of request i at 2i and 2i + 1, in a ring. */
  private requests = new Int32Array(2 * FIRST_CAPACITY);
  private mask = FIRST_CAPACITY - 1;
  private head = 0;
  private tail = 0;

  get length(): number {
    return this.tail - this.head;
  }

  /** Warehouse of the oldest request. */
  get warehouseId(): number {
    return this.requests[2 * (this.head & this.mask)];
  }

  /** Carrier of the oldest request. */
  get carrierId(): number {
    return this.requests[2 * (this.head & this.mask) + 1];
  }

  push(warehouseId: number, carrierId: number): void {
    if (this.length > this.mask) this.grow();
    const at = 2 * (this.tail++ & this.mask);
    this.requests[at] = warehouseId;
    this.requests[at + 1] = carrierId;
  }

  shift(): void {
    assert(this.length > 0, 'the delivery queue is empty');
    this.head++;
    if (this.head === this.tail) this.head = this.tail = 0;
  }

  private grow(): void {
    const { requests, mask, head, length } = this;
    this.requests = new Int32Array(requests.length * 2);
    for (let i = 0; i < length; i++) {
      const from = 2 * ((head + i) & mask);
      this.requests[2 * i] = requests[from];
      this.requests[2 * i + 1] = requests[from + 1];
    }
    this.mask = mask * 2 + 1;
    this.head = 0;
    this.tail = length;
  }
}
