/** Byte-level text work of the procedures: no strings are made in a transaction. */
import { ORIGINAL } from '../specification.ts';

const WORD = new TextEncoder().encode(ORIGINAL);
const WORD_BYTES = WORD.length;
const SPACE = 32;
const POINT = 46;

/** How far the word moves on when its last place shows a byte (Horspool, 1980). */
const SKIP = new Uint8Array(256).fill(WORD_BYTES);
for (let i = 0; i < WORD_BYTES - 1; i++) SKIP[WORD[i]] = WORD_BYTES - 1 - i;

/** Whether ORIGINAL stands in the `length` bytes from `at`. */
export function containsOriginal(bytes: Uint8Array, at: number, length: number): boolean {
  const end = at + length;
  let last = at + WORD_BYTES - 1;
  while (last < end) {
    const byte = bytes[last];
    if (byte === WORD[WORD_BYTES - 1]) {
      let i = WORD_BYTES - 2;
      while (i >= 0 && bytes[last - WORD_BYTES + 1 + i] === WORD[i]) i--;
      if (i < 0) return true;
    }
    last += SKIP[byte];
  }
  return false;
}

/** Writes a whole number of at most ten digits and a space. Returns the position behind it. */
export function writeNumber(target: Uint8Array, at: number, value: number): number {
  let divisor = 1;
  while (value >= divisor * 10) divisor *= 10;
  let rest = value;
  let position = at;
  for (; divisor >= 1; divisor = (divisor / 10) | 0) {
    const digit = (rest / divisor) | 0;
    target[position++] = 48 + digit;
    rest -= digit * divisor;
  }
  target[position] = SPACE;
  return position + 1;
}

/** Writes cents as an amount with two decimals, and a space. Returns the position behind it. */
export function writeMoney(target: Uint8Array, at: number, cents: number): number {
  const point = writeNumber(target, at, (cents / 100) | 0) - 1;
  const rest = cents % 100;
  target[point] = POINT;
  target[point + 1] = 48 + ((rest / 10) | 0);
  target[point + 2] = 48 + (rest % 10);
  target[point + 3] = SPACE;
  return point + 4;
}
