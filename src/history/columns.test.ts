/** The containers of typed arrays against those of the language. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { growingBytes } from './growing-array.ts';
import { ListArena } from './list-arena.ts';
import { PairIndex } from './pair-index.ts';

it('numbers pairs in the order in which they are first seen', () => {
  const pair = fc.tuple(fc.nat(3), fc.oneof(fc.nat(50), fc.maxSafeNat(), fc.constantFrom(2 ** 32, 2 ** 32 + 1, 0, 1)));
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 200 }), (pairs) => {
      const index = new PairIndex();
      const expected: string[] = [];
      for (const [first, second] of pairs) {
        const known = expected.indexOf(`${first} ${second}`);
        expect(index.add(first, second)).toBe(known < 0 ? expected.length : known);
        if (known < 0) expected.push(`${first} ${second}`);
      }
      expect(expected.map((_, i) => `${index.first(i)} ${index.second(i)}`)).toEqual(expected);
    }),
  );
});

it('numbers many pairs', () => {
  const index = new PairIndex();
  for (let i = 0; i < 50_000; i++) expect(index.add(i % 7, i * 4096)).toBe(i);
  for (let i = 0; i < 50_000; i++) if (index.add(i % 7, i * 4096) !== i) expect.fail(`pair ${i} is lost`);
  expect(index.size).toBe(50_000);
});

it('keeps lists apart while they grow', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(3), fc.maxSafeNat()), { maxLength: 300 }), (pushes) => {
      const arena = new ListArena();
      const expected: number[][] = [[], [], [], []];
      for (const _ of expected) arena.add();
      for (const [list, value] of pushes) {
        arena.push(list, value);
        expected[list].push(value);
      }
      const found = expected.map((_, list) => Array.from({ length: arena.length(list) }, (_, i) => arena.at(list, i)));
      expect(found).toEqual(expected);
    }),
  );
});

it('grows by what is pushed and by zeros', () => {
  const bytes = growingBytes();
  for (let i = 0; i < 3000; i++) bytes.push(i);
  bytes.extend(5000);
  bytes.push(7);
  expect(bytes.length).toBe(8001);
  expect([bytes.at(2999), bytes.at(3000), bytes.at(7999), bytes.at(8000)]).toEqual([2999 & 255, 0, 0, 7]);
});
