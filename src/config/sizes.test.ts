import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatSize, parseSize } from './sizes.ts';

describe('parseSize', () => {
  it.each([
    ['0', 0],
    ['1024', 1024],
    ['10B', 10],
    ['512MB', 512_000_000],
    ['4GiB', 4 * 2 ** 30],
    ['4G', 4 * 2 ** 30],
    ['4g', 4 * 2 ** 30],
    ['1.5k', 1536],
    ['1.5 KiB', 1536],
    ['2tb', 2e12],
    ['-1', null],
    ['', null],
    ['GB', null],
    ['4 G B', null],
    ['4iB', null],
    ['4X', null],
    ['1e9', null],
    ['9'.repeat(20), null],
  ])('%j is %j bytes', (text, expected) => {
    expect(parseSize(text)).toBe(expected);
  });

  it('reads back what formatSize writes, to its precision', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 50 }), (sizeBytes) => {
        const readBack = parseSize(formatSize(sizeBytes));
        expect(readBack).not.toBeNull();
        expect(Math.abs((readBack as number) - sizeBytes)).toBeLessThanOrEqual(sizeBytes * 0.051);
      }),
    );
  });
});
