import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { containsOriginal, writeMoney, writeNumber } from './text-bytes.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('containsOriginal', () => {
  it('agrees with a search in strings, near misses included', () => {
    const piece = fc.constantFrom(
      'ORIGINAL',
      'ORIGINA',
      'RIGINAL',
      'ORIG',
      'INAL',
      'O',
      'L',
      'AL',
      'x',
      'LORIGINA',
      'OORIGINAL',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 8 }),
        fc.nat({ max: 12 }),
        fc.nat({ max: 12 }),
        (pieces, before, after) => {
          const text = pieces.join('');
          // What stands in front of and behind the text does not count.
          const bytes = encode(
            `${'ORIGINAL'.repeat(2).slice(0, before)}${text}${'ORIGINAL'.repeat(2).slice(0, after)}`,
          );
          expect(containsOriginal(bytes, before, text.length)).toBe(text.includes('ORIGINAL'));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('finds the word at both ends and not across them', () => {
    expect(containsOriginal(encode('ORIGINAL'), 0, 8)).toBe(true);
    expect(containsOriginal(encode('ORIGINALxxxx'), 0, 7)).toBe(false);
    expect(containsOriginal(encode('xORIGINAL'), 1, 8)).toBe(true);
    expect(containsOriginal(encode('xORIGINAL'), 2, 7)).toBe(false);
    expect(containsOriginal(encode('original'), 0, 8)).toBe(false);
    expect(containsOriginal(encode(''), 0, 0)).toBe(false);
  });
});

describe('writeNumber and writeMoney', () => {
  const written = (write: (target: Uint8Array) => number): string => {
    const target = new Uint8Array(64).fill(35);
    const end = write(target);
    expect(target.slice(end).every((byte) => byte === 35)).toBe(true);
    return new TextDecoder().decode(target.slice(0, end));
  };

  it('write what String writes, and a space', () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat(), fc.nat({ max: 20 }), fc.integer({ min: 0, max: 9_999_999_999 })), (value) => {
        expect(written((target) => writeNumber(target, 0, value))).toBe(`${value} `);
      }),
    );
    for (const value of [0, 9, 10, 99, 100, 2 ** 31 - 1, 2 ** 31, 9_999_999_999]) {
      expect(written((target) => writeNumber(target, 0, value))).toBe(`${value} `);
    }
  });

  it('write cents with two decimals', () => {
    fc.assert(
      fc.property(fc.nat({ max: 1e9 }), (cents) => {
        const text = `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')} `;
        expect(written((target) => writeMoney(target, 0, cents))).toBe(text);
      }),
    );
    expect(written((target) => writeMoney(target, 0, 500_000))).toBe('5000.00 ');
    expect(written((target) => writeMoney(target, 0, 105))).toBe('1.05 ');
  });
});
