/** The parts of the fuzzer that need no target. */
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AssertionFailure } from '../../src/assert.ts';
import { usageFault } from '../../src/errors.ts';
import { readCorpus, writeFinding } from './corpus.ts';
import { createCurrentInput, readCurrentInput, writeCurrentInput } from './current-input.ts';
import { signatureOf } from './failure.ts';
import { PropertyViolation, valueOrFault } from './fuzz-target.ts';
import { minimise } from './minimise.ts';
import { Mutator } from './mutator.ts';
import { readOptions } from './options.ts';
import { Random } from './random.ts';

describe('the smallest failing input', () => {
  it('keeps what makes it fail, and nothing else, whatever surrounds it', async () => {
    const bytes = fc.uint8Array({ maxLength: 60 });
    const budget = { attempts: 10_000, deadlineMs: Number.POSITIVE_INFINITY };
    await fc.assert(
      fc.asyncProperty(bytes, bytes, fc.integer({ min: 1, max: 7 }), async (before, after, unitBytes) => {
        const input = Buffer.concat([before, Buffer.from('bug'), after]);
        const fails = (candidate: Uint8Array) => Buffer.from(candidate).includes('bug');
        expect(Buffer.from(await minimise(input, unitBytes, fails, budget)).toString()).toBe('bug');
      }),
      { numRuns: 200 },
    );
  });

  it('is the input itself without a budget', async () => {
    const input = Buffer.from('nothing is tried');
    expect(await minimise(input, 1, () => true, { attempts: 0, deadlineMs: Number.POSITIVE_INFINITY })).toBe(input);
  });
});

describe('the mutator', () => {
  it('makes inputs that are not too long, and leaves the corpus alone', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1 }), fc.nat(), (inputs, seed) => {
        const corpus = inputs.map((bytes, i) => (i % 2 === 0 ? Buffer.from(bytes) : bytes));
        const copies = corpus.map((bytes) => [...bytes]);
        const mutator = new Mutator(new Random(seed), 40, [Buffer.from('word')]);
        for (let i = 0; i < 50; i++) expect(mutator.next(corpus).length).toBeLessThanOrEqual(40);
        expect(corpus.map((bytes) => [...bytes])).toEqual(copies);
      }),
    );
  });

  it('uses the dictionary', () => {
    const mutator = new Mutator(new Random(1), 100, [Buffer.from('word')]);
    const inputs = Array.from({ length: 200 }, () => Buffer.from(mutator.next([new Uint8Array(8)])).toString('latin1'));
    expect(inputs.some((text) => text.includes('word'))).toBe(true);
  });
});

describe('the signature of a failure', () => {
  it('leaves out numbers and quoted values', () => {
    const at = (count: number, name: string) => signatureOf(new RangeError(`${count} of "${name}" at -1.5`));
    expect(at(7, 'a')).toBe(at(8, 'b'));
    expect(at(7, 'a')).toContain('RangeError: # of "" at #');
  });

  it('tells kinds, messages and places apart', () => {
    const errors = [new Error('a'), new Error('b'), new TypeError('a'), new AssertionFailure('a'), 'a', undefined];
    expect(new Set(errors.map(signatureOf)).size).toBe(errors.length);
    const thrown = new Error('a');
    thrown.stack =
      'Error: a\n    at assert (file:///x/src/assert.js:1:1)\n    at Table.put (file:///x/src/engine/table.js:9:9)';
    expect(signatureOf(thrown)).toBe('Error: a in Table.put (src/engine/table)');
  });
});

describe('a fault', () => {
  const throwing = (error: unknown) => () => {
    throw error;
  };

  it('with one line is an expected value', () => {
    expect(valueOrFault(throwing(usageFault('--x: give a number')))).toBeNull();
    expect(valueOrFault(() => 5)).toBe(5);
  });

  it.each(['two\nlines', '\u001b[31mred', '', 'x'.repeat(5000), 'a\u2028b'])(
    'with the message %j is a failure',
    (message) => {
      expect(() => valueOrFault(throwing(usageFault(message)))).toThrow(PropertyViolation);
    },
  );

  it('of another kind passes through', () => {
    const bug = new AssertionFailure('a bug');
    expect(() => valueOrFault(throwing(bug))).toThrow(bug);
  });
});

describe('files', () => {
  it('keep findings and the input that runs', () => {
    const folder = mkdtempSync(join(tmpdir(), 'dbtest-fuzz-files-'));
    try {
      const input = Uint8Array.of(0, 255, 10);
      const path = writeFinding(join(folder, 'findings'), 'frames', input);
      expect(new Uint8Array(readFileSync(path))).toEqual(input);
      expect(readCorpus(folder, 'findings').map(({ bytes }) => [...bytes])).toEqual([[0, 255, 10]]);
      expect(readCorpus(folder, 'nothing')).toEqual([]);
      const current = join(folder, 'current');
      createCurrentInput(current);
      expect(readCurrentInput(current)).toEqual({ count: 0, input: Buffer.alloc(0) });
      const writer = { descriptor: openSync(current, 'r+'), count: 0 };
      for (const length of [5, 300, 2]) writeCurrentInput(writer, new Uint8Array(length).fill(length));
      expect(readCurrentInput(current)).toEqual({ count: 3, input: Buffer.from([2, 2]) });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the command line', () => {
  const targets = ['frames', 'history'];

  it('has defaults', () => {
    const defaults = { target: null, seconds: 60, seed: 1, inputs: 2 ** 32, list: false, input: null };
    expect(readOptions([], targets)).toEqual(defaults);
    expect(readOptions(['--target', 'history', '--seconds', '0.5', '--seed', '7'], targets)).toEqual({
      ...defaults,
      target: 'history',
      seconds: 0.5,
      seed: 7,
    });
  });

  it.each([
    [['--tarket', 'frames'], /--tarket/],
    [['stray'], /stray/],
    [['--target', 'none'], /--target.*frames, history/],
    [['--seconds', '0'], /--seconds/],
    [['--seconds', 'x'], /--seconds/],
    [['--seed', '-1'], /--seed/],
    [['--seed', '1.5'], /--seed/],
    [['--inputs', '0'], /--inputs/],
    [['--input', 'file'], /--target/],
    [['--target'], /--target/],
  ])('refuses %j in one line', (argv, message) => {
    const refusal = readOptions(argv, targets);
    expect(refusal).toMatch(message);
    expect(String(refusal)).not.toContain('\n');
  });
});
