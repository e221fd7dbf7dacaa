/** Numbers pairs densely in the order in which they are first seen: a hash table over typed arrays. */
import { growingNumbers, growingUnsigned } from './growing-array.ts';

const FIRST_SLOTS = 1 << 12;

/** A pair is a whole number below 2^32 and one below 2^53. */
export class PairIndex {
  readonly #firsts = growingUnsigned();
  readonly #seconds = growingNumbers();
  /** Number of the pair, plus 1. */
  #slots = new Uint32Array(FIRST_SLOTS);

  get size(): number {
    return this.#firsts.length;
  }

  first(number: number): number {
    return this.#firsts.at(number);
  }

  second(number: number): number {
    return this.#seconds.at(number);
  }

  /** The pair's number; it equals the former `size` when the pair is new. */
  add(first: number, second: number): number {
    const slot = this.#slotOf(first, second);
    const found = this.#slots[slot] as number;
    if (found !== 0) return found - 1;
    const number = this.#firsts.length;
    this.#firsts.push(first);
    this.#seconds.push(second);
    this.#slots[slot] = number + 1;
    if (this.#firsts.length * 2 > this.#slots.length) this.#rehash();
    return number;
  }

  /** The slot that holds the pair, or the empty one where it belongs. */
  #slotOf(first: number, second: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash(first, second) & mask;
    for (;;) {
      const number = (this.#slots[slot] as number) - 1;
      if (number < 0) return slot;
      if (this.#seconds.at(number) === second && this.#firsts.at(number) === first) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #rehash(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let number = 0; number < this.#firsts.length; number++) {
      let slot = hash(this.#firsts.at(number), this.#seconds.at(number)) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = number + 1;
    }
  }
}

function hash(first: number, second: number): number {
  const low = second >>> 0;
  const high = (second - low) / 0x1_0000_0000;
  let mixed = Math.imul(first ^ 0x9e37_79b9, 0x85eb_ca6b) ^ Math.imul(low, 0xc2b2_ae35) ^ Math.imul(high, 0x27d4_eb2f);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b_3c6d);
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a_2d39);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
