import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearestWord } from './suggest.ts';

describe('nearestWord', () => {
  it.each([
    ['numThreads', 'num-threads'],
    ['num_threads', 'num-threads'],
    ['threads', 'num-threads'],
    ['warehouse', 'warehouses'],
    ['warehosues', 'warehouses'],
    ['runtim', 'runtime'],
    ['memory', 'memory-limit'],
    ['x', null],
    ['', null],
    ['-', null],
    ['colour', null],
  ])('%j means %j', (word, expected) => {
    expect(nearestWord(word, ['num-threads', 'warehouses', 'runtime', 'memory-limit', 'json'])).toBe(expected);
  });

  it('finds every word itself, and any word with two letters swapped', () => {
    const words = ['shard-config', 'local-shards', 'terminals', 'workload'];
    fc.assert(
      fc.property(fc.constantFrom(...words), fc.nat(20), (word, at) => {
        const place = at % (word.length - 1);
        const swapped = `${word.slice(0, place)}${word[place + 1]}${word[place]}${word.slice(place + 2)}`;
        expect(nearestWord(word, words)).toBe(word);
        expect(nearestWord(swapped, words)).toBe(word);
      }),
    );
  });
});
