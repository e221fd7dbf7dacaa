import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shownText, shownValue } from './shown.ts';

describe('what messages show', () => {
  it('is on one line and not long, whatever was given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(shownText(text)).not.toMatch(/[\r\n]/);
        expect(shownText(text).length).toBeLessThan(400);
        expect(shownValue(text)).toContain('the text');
      }),
    );
  });
});
