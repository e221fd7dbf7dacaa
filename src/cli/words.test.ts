import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withValuesJoined } from './joined-values.ts';
import { joinWords, splitWords } from './words.ts';

describe('splitWords', () => {
  it.each([
    ['', []],
    ['  --a  1\t--b=2\n', ['--a', '1', '--b=2']],
    [`--file "a b" 'c "d'`, ['--file', 'a b', 'c "d']],
    [`--x="a b"c`, ['--x=a bc']],
    [`a\\ b "\\"" '\\'`, ['a b', '"', '\\']],
    [`"" ''`, ['', '']],
    [`"a`, null],
    [`'a"`, null],
  ])('splits %j', (text, expected) => {
    expect(splitWords(text)).toEqual(expected);
  });

  it('gets back what joinWords wrote', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        expect(splitWords(joinWords(words))).toEqual(words);
      }),
    );
  });
});

describe('withValuesJoined', () => {
  it('takes the next word as the value, whatever it begins with', () => {
    const argv = ['compare', '--a', '--x 1', '-b', '-y', '--both=', '--c', '--d', '--a'];
    const joined = ['compare', '--a=--x 1', '--b=-y', '--both=', '--c', '--d', '--a'];
    expect(withValuesJoined(argv, ['a', 'b', 'both'])).toEqual(joined);
    expect(withValuesJoined(['--a', '--', '--', '--b', 'x'], ['a', 'b'])).toEqual(['--a=--', '--', '--b', 'x']);
  });
});
