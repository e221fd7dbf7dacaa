import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimalText, parseDecimal } from './decimal-text.ts';

describe('decimal text', () => {
  it('puts the point where it belongs', () => {
    expect(decimalText(1234, 2)).toBe('12.34');
    expect(decimalText(-5, 2)).toBe('-0.05');
    expect(decimalText(0, 4)).toBe('0.0000');
    expect(decimalText(7, 0)).toBe('7');
  });

  it('reads what databases write, with fewer and with more digits', () => {
    expect(parseDecimal('12', 2)).toBe(1200);
    expect(parseDecimal('-0.5', 2)).toBe(-50);
    expect(parseDecimal('12.3400', 2)).toBe(1234);
    expect(parseDecimal('-0.00', 2)).toBe(0);
    expect(() => parseDecimal('0.005', 2)).toThrow('more than 2 digits');
    expect(() => parseDecimal('NaN', 2)).toThrow('no decimal');
  });

  it('comes back unchanged', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.integer({ min: 0, max: 6 }), (value, digits) => {
        expect(parseDecimal(decimalText(value, digits), digits)).toBe(value);
      }),
    );
  });
});
