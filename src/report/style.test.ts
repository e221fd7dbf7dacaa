import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutColours } from './plain-table.ts';
import { labelled, paint, wrap } from './style.ts';

const plain = (width: number) => ({ colour: false, width });

describe('paint', () => {
  it('colours only where the style says so', () => {
    expect(paint(plain(80), 'bad', 'x')).toBe('x');
    const painted = paint({ colour: true, width: 80 }, 'bad', 'x');
    expect(painted).not.toBe('x');
    expect(withoutColours(painted)).toBe('x');
  });
});

describe('wrap', () => {
  it('keeps within the width, loses nothing and leaves no space at the end', () => {
    const word = fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom('a', 'b', '1', ',') });
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 20, max: 120 }),
        (words, width) => {
          const lines = wrap(plain(width), words.join(' '), '  - ', '    ');
          expect(lines.every((line) => line.length <= width && line === line.trimEnd())).toBe(true);
          expect(lines[0]).toMatch(/^ {2}- \S/);
          expect(lines.slice(1).every((line) => /^ {4}\S/.test(line))).toBe(true);
          expect(lines.map((line) => line.slice(4)).join(' ')).toBe(words.join(' '));
        },
      ),
    );
  });

  it('leaves a word whole that is wider than the style', () => {
    expect(wrap(plain(10), `a ${'x'.repeat(30)} b`, '', '')).toEqual(['a', 'x'.repeat(30), 'b']);
  });
});

describe('labelled', () => {
  it('keeps the value in its column', () => {
    expect(labelled(plain(30), 'tpmC', 'one two three four five')).toEqual([
      '  tpmC          one two three',
      '                four five',
    ]);
  });
});
