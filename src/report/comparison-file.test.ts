import { describe, expect, it } from 'vitest';
import type { ComparisonResult } from '../compare/comparison.ts';
import { sampleComparison } from '../compare/testing/sample-comparison.ts';
import { OperatingFault } from '../errors.ts';
import { isComparison, parseComparison } from './comparison-file.ts';

const COMPARISON = sampleComparison(7);

function refusalOf(change: (copy: ComparisonResult) => void): string {
  const copy = structuredClone(COMPARISON);
  change(copy);
  try {
    parseComparison(JSON.stringify(copy), 'c.json');
  } catch (fault) {
    expect(fault).toBeInstanceOf(OperatingFault);
    const { exitStatus, message } = fault as OperatingFault;
    expect([exitStatus, message.includes('\n')]).toEqual([2, false]);
    return message;
  }
  return 'accepted';
}

const put = (target: unknown, key: string, value: unknown): void => {
  (target as Record<string, unknown>)[key] = value;
};

describe('a stored comparison', () => {
  it('is read as it was written', () => {
    const text = JSON.stringify(COMPARISON);
    expect(isComparison(text)).toBe(true);
    expect(parseComparison(text, 'c.json')).toEqual(COMPARISON);
  });

  it('is told from what is none', () => {
    for (const text of ['', '{', 'null', '[]', '{"schemaVersion":1}', '{"kind":"other"}']) {
      expect(isComparison(text), text).toBe(false);
    }
  });

  it.each<[string, (copy: ComparisonResult) => void]>([
    ['it has no schemaVersion', (copy) => put(copy, 'schemaVersion', 'one')],
    ['the comparison has schema version 99, and this dbtest reads up to 1', (copy) => put(copy, 'schemaVersion', 99)],
    ['variants must be a list', (copy) => put(copy, 'variants', {})],
    [
      'variants[1].runs[0].figures.p99 must be a number or null',
      (copy) => put(copy.variants[1]?.runs[0]?.figures, 'p99', '9'),
    ],
    ['variants[0].typicalRun.totals must be an object', (copy) => put(copy.variants[0]?.typicalRun, 'totals', null)],
    [
      'comparisons[0].metrics[2].interval.high must be a number',
      (copy) => put(copy.comparisons[0]?.metrics[2], 'interval', { low: 1 }),
    ],
    ['endedBy must be one of pairs, precision', (copy) => put(copy, 'endedBy', 'boredom')],
    ['comparisons[0].b must be the label of a variant', (copy) => put(copy.comparisons[0], 'b', 'Z')],
    [
      'comparisons[0].verdict.kind must be one of faster, slower',
      (copy) => put(copy.comparisons[0]?.verdict, 'kind', 'toString'),
    ],
    [
      'comparisons[0].verdict.morePairs must be a number',
      (copy) => put(copy.comparisons[0], 'verdict', { kind: 'too noisy' }),
    ],
    [
      'comparisons[0].metrics[0].unit must be one of tx/s, us',
      (copy) => put(copy.comparisons[0]?.metrics[0], 'unit', 'apples'),
    ],
    [
      'comparisons[0].metrics[0].better must be one of',
      (copy) => put(copy.comparisons[0]?.metrics[0], 'better', 'whichever'),
    ],
  ])('is refused in one line: %s', (expected, change) => {
    const message = refusalOf(change);
    expect(message).toMatch(/^cannot read c\.json: /);
    expect(message).toContain(expected);
  });
});
