import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shownKey, shownText, shownValue, withoutControls } from './shown.ts';

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

  it('has no effect on a terminal', () => {
    expect(withoutControls('a\n\u001b[31m\u007f\u009b\u2028é')).toBe('a\\u000a\\u001b[31m\\u007f\\u009b\\u2028é');
    expect(shownText('\u001b"\u2028')).toBe('"\\u001b\\"\\u2028"');
  });

  it('quotes a key only where it is no plain word', () => {
    expect(['port', 'shards[1]', 'a.b-c_d'].map(shownKey)).toEqual(['port', 'shards[1]', 'a.b-c_d']);
    expect(['', 'two words', 'a\nb'].map(shownKey)).toEqual(['""', '"two words"', '"a\\nb"']);
  });
});
