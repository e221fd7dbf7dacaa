import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDecimal, parseWholeNumber } from './numbers.ts';

describe('parseWholeNumber', () => {
  it.each([
    ['0', 0],
    ['17', 17],
    ['-1', -1],
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', null],
    ['9'.repeat(400), null],
    ['1e3', null],
    ['0x10', null],
    ['1.0', null],
    ['+1', null],
    ['1_000', null],
    ['', null],
    [' 1', null],
    ['1\n', null],
    ['x', null],
    ['Infinity', null],
    ['NaN', null],
    ['٣', null],
  ])('%j is %j', (text, expected) => {
    expect(parseWholeNumber(text)).toBe(expected);
  });

  it('reads back every safe integer', () => {
    fc.assert(fc.property(fc.maxSafeInteger(), (value) => parseWholeNumber(String(value)) === value));
  });
});

describe('parseDecimal', () => {
  it.each([
    ['0', 0],
    ['1.5', 1.5],
    ['-2.25', -2.25],
    ['.5', null],
    ['5.', null],
    ['1e3', null],
    ['1,5', null],
    ['', null],
    ['Infinity', null],
    ['9'.repeat(400), null],
  ])('%j is %j', (text, expected) => {
    expect(parseDecimal(text)).toBe(expected);
  });
});
