/**
 * Random numbers of the workload: seeded streams, the specification's distributions (2.1.6) and strings (4.3.2). A stream
 * is keyed by what it is for, never by the thread that uses it, so that the same seed gives the same data and the same
 * transactions however the work is spread.
 */
import {
  EXCLUDED_C_LAST_DELTAS,
  LAST_NAME_SYLLABLES,
  LAST_NAMES,
  LEAST_C_LAST_DELTA,
  MOST_C_LAST_DELTA,
  NURAND_A_CUSTOMER_ID,
  NURAND_A_ITEM_ID,
  NURAND_A_LAST_NAME,
} from './specification.ts';

/** What a stream is for: the first part of its key. */
export const STREAM = {
  constants: 1,
  items: 2,
  warehouse: 3,
  stock: 4,
  customers: 5,
  orders: 6,
  terminal: 7,
} as const;

/** 4.3.2.2: letters and digits. */
const ALPHANUMERIC = new TextEncoder().encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789');
const UNIT = 2 ** -32;

/** splitmix32: spreads the words of a key over the state of a stream. */
function scramble(value: number): number {
  let z = (value + 0x9e3779b9) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return z ^ (z >>> 15);
}

/** xoshiro128** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021). */
export class RandomStream {
  private s0: number;
  private s1: number;
  private s2: number;
  private s3: number;

  /** @param key whole numbers that name the stream: the seed first, then a `STREAM` and what it belongs to */
  constructor(...key: readonly number[]) {
    let state = 0x2545f491;
    for (const word of key) state = scramble(state ^ scramble(word | 0) ^ scramble((word / 4294967296) | 0));
    this.s0 = scramble(state + 1);
    this.s1 = scramble(state + 2);
    this.s2 = scramble(state + 3);
    this.s3 = scramble(state + 4) | 1;
  }

  /** 32 random bits, as an int32. */
  bits(): number {
    const s1 = this.s1;
    const product = Math.imul(s1, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9);
    const s2 = this.s2 ^ this.s0;
    const s3 = this.s3 ^ s1;
    this.s1 = s1 ^ s2;
    this.s0 = this.s0 ^ s3;
    this.s2 = s2 ^ (s1 << 9);
    this.s3 = (s3 << 11) | (s3 >>> 21);
    return result;
  }

  /** A fraction in [0, 1) of 32 bits. */
  fraction(): number {
    return (this.bits() >>> 0) * UNIT;
  }

  /** 2.1.5: a whole number in [low, high], each equally likely; high - low below 2^31. */
  uniform(low: number, high: number): number {
    return low + (((this.bits() >>> 0) * UNIT * (high - low + 1)) | 0);
  }

  /** True in `pct` of a hundred cases. */
  chance(pct: number): boolean {
    return (this.bits() >>> 0) * UNIT * 100 < pct;
  }

  /** 2.1.6: NURand(A, low, high) with the constant `c`. */
  nonUniform(a: number, c: number, low: number, high: number): number {
    return (((this.uniform(0, a) | this.uniform(low, high)) + c) % (high - low + 1)) + low;
  }

  /** 4.3.2.2: writes an a-string of `length` characters. Five characters a draw: 62^5 is below 2^32. */
  alphanumeric(target: Uint8Array, at: number, length: number): void {
    const end = at + length;
    let i = at;
    while (i < end) {
      let rest = (this.bits() >>> 0) * UNIT;
      for (let k = 0; k < 5 && i < end; k++, i++) {
        rest *= 62;
        const digit = rest | 0;
        rest -= digit;
        target[i] = ALPHANUMERIC[digit];
      }
    }
  }

  /** 4.3.2.2: writes an n-string of `length` digits. */
  digits(target: Uint8Array, at: number, length: number): void {
    for (let i = at; i < at + length; i++) target[i] = 48 + this.uniform(0, 9);
  }

  /** Permutes `values` in place (Fisher and Yates). */
  shuffle(values: Int32Array): void {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.uniform(0, i);
      const value = values[i];
      values[i] = values[j];
      values[j] = value;
    }
  }
}

/** 2.1.6.1: the constants C, chosen once for a load and once for a run. */
export interface NurandConstants {
  /** C of the last names in the loaded database; kept with the data. */
  lastNameLoad: number;
  /** C of the last names that terminals ask for. */
  lastNameRun: number;
  customerId: number;
  itemId: number;
}

/** Draws the constants for a seed. */
export function drawConstants(seed: number): NurandConstants {
  const stream = new RandomStream(seed, STREAM.constants);
  const lastNameLoad = stream.uniform(0, NURAND_A_LAST_NAME);
  const customerId = stream.uniform(0, NURAND_A_CUSTOMER_ID);
  const itemId = stream.uniform(0, NURAND_A_ITEM_ID);
  return { lastNameLoad, lastNameRun: drawRunConstant(stream, lastNameLoad), customerId, itemId };
}

/** 2.1.6.1: |C_run - C_load| within 65..119, neither 96 nor 112. */
export function drawRunConstant(stream: RandomStream, load: number): number {
  const allowed: number[] = [];
  for (let c = 0; c <= NURAND_A_LAST_NAME; c++) {
    const delta = Math.abs(c - load);
    if (delta >= LEAST_C_LAST_DELTA && delta <= MOST_C_LAST_DELTA && !EXCLUDED_C_LAST_DELTAS.includes(delta)) {
      allowed.push(c);
    }
  }
  return allowed[stream.uniform(0, allowed.length - 1)];
}

/** 4.3.2.3: the last name of a number 0..999. */
export function lastName(number: number): string {
  const [a, b, c] = [Math.floor(number / 100), Math.floor(number / 10) % 10, number % 10];
  return LAST_NAME_SYLLABLES[a] + LAST_NAME_SYLLABLES[b] + LAST_NAME_SYLLABLES[c];
}

/** The bytes of every last name, by number. */
export const LAST_NAME_BYTES: readonly Uint8Array[] = Array.from({ length: LAST_NAMES }, (_, number) =>
  new TextEncoder().encode(lastName(number)),
);
