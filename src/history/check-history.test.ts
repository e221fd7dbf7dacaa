import { describe, expect, it } from 'vitest';
import { type CheckOptions, checkHistory, type HistoryVerdict } from './check-history.ts';
import type { AnomalyName } from './findings.ts';
import { hasSerialOrder } from './testing/brute-force.ts';
import { blocksOf, parseScript } from './testing/scripts.ts';

const check = (script: string, options: CheckOptions = {}): HistoryVerdict =>
  checkHistory(blocksOf(parseScript(script)), options);

const namesOf = ({ findings }: HistoryVerdict): string[] => findings.map(({ anomaly }) => anomaly);

/** The cycle of the first witness as `T1 -ww-> T2 -rw-> T1`, and the transactions by their terminals. */
function cycleOf(verdict: HistoryVerdict, name: AnomalyName): { kinds: string[]; terminals: (number | null)[] } {
  const witness = verdict.findings.find(({ anomaly }) => anomaly === name)?.witnesses[0];
  return {
    kinds: witness?.steps.map(({ kind }) => kind) ?? [],
    terminals: witness?.transactions.map(({ terminal }) => terminal) ?? [],
  };
}

describe('a history without anomaly', () => {
  it.each<[what: string, script: string]>([
    ['one transaction', 'T1 0..1 ok r x [], a x 1, r x [1]'],
    [
      'reads and appends one after the other',
      `T1 0..1 ok a x 1, a x 2
       T2 2..3 ok r x [1 2], a x 3, a y 4
       T3 4..5 ok r y [4], r x [1 2 3]`,
    ],
    [
      'transactions at the same time, in either order',
      `T1 0..9 ok r x [1], a y 2
       T2 0..9 ok a x 1
       T3 0..9 ok r x [], r y []`,
    ],
    [
      'appends that nobody reads',
      `T1 0..1 ok r x [], a x 1
       T2 2..3 ok a x 2
       T3 4..5 ok a x 3, a z 1`,
    ],
    [
      'an aborted transaction that nobody has seen',
      `T1 0..1 fail a x 1, r y [77]
       T2 2..3 ok r x []`,
    ],
    [
      'unknown transactions that took place, long after, or did not',
      `T1 0..1 info a x 1
       T2 0..1 info a x 2
       T3 5..6 ok r x []
       T4 7..8 ok r x [2]`,
    ],
    [
      'a read that saw what another host wrote later by its own clock',
      `T1 100..101 @1 ok a x 1
       T2 5..6 @0 ok r x [1]`,
    ],
    [
      'a transaction that begins in the instant in which another ends',
      `T1 0..5 ok a x 1
       T2 5..6 ok r x []
       T3 7..8 ok r x [1]`,
    ],
  ])('%s', (_, script) => {
    const verdict = check(script);
    expect(namesOf(verdict)).toEqual([]);
    expect(verdict.isValid).toBe(true);
    expect(hasSerialOrder(parseScript(script), true)).toBe(true);
  });
});

describe('every anomaly is found by its name', () => {
  it.each<[name: AnomalyName, script: string, others?: AnomalyName[]]>([
    [
      'incompatible order',
      `T1 0..9 ok a x 1
       T2 0..9 ok a x 2
       T3 0..9 ok r x [1 2]
       T4 0..9 ok r x [2 1]`,
    ],
    [
      'incompatible order',
      `T1 0..9 ok a x 1, a x 2
       T2 0..9 ok r x [2 1]`,
    ],
    [
      'duplicate elements',
      `T1 0..9 ok a x 1
       T2 0..9 ok r x [1 1]`,
    ],
    ['garbage read', 'T1 0..9 ok r x [7]'],
    ['internal', 'T1 0..9 ok a x 1, r x []'],
    ['internal', 'T1 0..9 ok r x [1], a x 1'],
    ['internal', 'T1 0..9 ok a x 1, a x 2, r x [1]'],
    [
      'internal',
      `T1 0..9 ok a x 1
       T2 0..9 ok r x [], r x [1]`,
    ],
    [
      'G1a',
      `T1 0..1 fail a x 1
       T2 2..3 ok r x [1]`,
    ],
    [
      'dirty update',
      `T1 0..1 fail a x 1
       T2 2..3 ok a x 2
       T3 4..5 ok r x [1 2]`,
      ['G1a'],
    ],
    [
      'G1b',
      `T1 0..9 ok a x 1, a x 2
       T2 0..9 ok r x [1]`,
    ],
    [
      'G1b',
      `T1 0..9 ok a x 1, a x 2
       T2 0..9 ok r x [1]
       T3 10..11 ok r x [1 2]`,
    ],
    [
      'G0',
      `T1 0..9 ok a x 1, a y 1
       T2 0..9 ok a x 2, a y 2
       T3 10..11 ok r x [1 2], r y [2 1]`,
    ],
    [
      'G0',
      `T1 0..9 ok a x 1, a x 2
       T2 0..9 ok a x 3
       T3 10..11 ok r x [1 3 2]`,
    ],
    [
      'G1c',
      `T1 0..9 ok a x 1, r y [2]
       T2 0..9 ok a y 2, r x [1]`,
    ],
    [
      'lost update',
      `T1 0..9 ok r x [], a x 1
       T2 0..9 ok r x [], a x 2`,
    ],
    [
      'lost update',
      `T1 0..9 ok r x [], a x 1
       T2 0..9 ok r x [], a x 2
       T3 10..11 ok r x [2 1]`,
    ],
    [
      'G-single',
      `T1 0..9 ok a x 1, a y 1
       T2 0..9 ok r x [1], r y []
       T3 10..11 ok r x [1], r y [1]`,
    ],
    [
      'G2-item',
      `T1 0..9 ok r x [], a y 1
       T2 0..9 ok r y [], a x 2
       T3 10..11 ok r x [2], r y [1]`,
    ],
    [
      'stale read',
      `T1 0..1 ok a x 1
       T2 2..3 ok r x []
       T3 4..5 ok r x [1]`,
    ],
    [
      'stale read',
      `T1 0..1 ok a x 1
       T2 2..3 ok r x []`,
    ],
    [
      'stale read',
      `T1 0..9 ok a x 1
       T2 0..1 ok a x 2
       T3 4..5 ok r x []
       T4 10..11 ok r x [1 2]`,
    ],
    [
      'G0-realtime',
      `T1 0..1 ok a x 1
       T2 2..3 ok a x 2
       T3 4..5 ok r x [2 1]`,
    ],
    [
      'G1c-realtime',
      `T1 0..1 ok r x [1]
       T2 2..3 ok a x 1`,
    ],
    [
      'G-single-realtime',
      `T1 0..9 ok a x 1
       T2 0..1 ok r x [1]
       T3 2..3 ok r x []`,
    ],
    [
      'G2-item-realtime',
      `T1 4..5 ok r x []
       T2 0..9 ok a x 1, r y []
       T3 1..2 ok a y 1`,
    ],
  ])('%s: %s', (name, script, others = []) => {
    const verdict = check(script);
    expect(namesOf(verdict)).toEqual(expect.arrayContaining([name, ...others]));
    expect(namesOf(verdict)).toHaveLength(1 + others.length);
    expect(verdict.isValid).toBe(false);
    expect(hasSerialOrder(parseScript(script), true)).toBe(false);
    const needsRealTime = name.endsWith('-realtime') || name === 'stale read';
    expect(hasSerialOrder(parseScript(script), false)).toBe(needsRealTime);
    expect(check(script, { model: 'serializable' }).isValid).toBe(needsRealTime);
  });
});

describe('the witness', () => {
  it('is the shortest cycle of its component', () => {
    const verdict = check(
      `T1 0..9 ok a a 1, r d [4]
       T2 0..9 ok r a [1], a b 2
       T3 0..9 ok r b [2], a c 3
       T4 0..9 ok r c [3], a d 4, r e [5]
       T5 0..9 ok r d [4], a e 5`,
    );
    expect(namesOf(verdict)).toEqual(['G1c']);
    const { kinds, terminals } = cycleOf(verdict, 'G1c');
    expect(kinds).toEqual(['wr', 'wr']);
    expect(terminals.toSorted()).toEqual([3, 4]);
  });

  it('of a cycle with real time counts time as one edge, however much happens between', () => {
    const between = Array.from({ length: 50 }, (_, i) => `T9 ${10 + 2 * i}..${11 + 2 * i} ok a z ${i}`);
    const script = ['T1 0..500 ok a x 1', 'T2 0..1 ok r x [1]', ...between, 'T3 300..301 ok r x []'];
    const verdict = check(script.join('\n'));
    expect(namesOf(verdict)).toEqual(['G-single-realtime']);
    const { kinds, terminals } = cycleOf(verdict, 'G-single-realtime');
    expect(kinds.toSorted()).toEqual(['rt', 'rw', 'wr']);
    expect(terminals.toSorted()).toEqual([0, 1, 52]);
  });

  it('says who did what, and why each edge exists', () => {
    const [finding] = check('T1 0..1 ok a x 1, r y [8]\nT2 2..3 ok r x []\nT3 0..9 ok a y 8').findings;
    expect(finding).toMatchObject({ anomaly: 'stale read', instances: 1 });
    expect(finding.witnesses).toEqual([
      {
        transactions: [
          {
            name: 'T1',
            worker: 0,
            terminal: 1,
            sequence: 1,
            outcome: 'committed',
            startNs: 2000,
            endNs: 3000,
            operations: [{ read: 23, elements: [] }],
          },
          {
            name: 'T2',
            worker: 0,
            terminal: 0,
            sequence: 1,
            outcome: 'committed',
            startNs: 0,
            endNs: 1000,
            operations: [
              { append: 23, element: 1 },
              { read: 24, elements: [8] },
            ],
          },
        ],
        steps: [
          { from: 'T1', to: 'T2', kind: 'rw', reason: 'T1 read key 23 as [], without 1 that T2 appended' },
          { from: 'T2', to: 'T1', kind: 'rt', reason: 'T2 ended 1.000 us before T1 began' },
        ],
        explanation: '',
      },
    ]);
  });

  it.each([
    [
      'T1 0..9 ok a x 1\nT2 0..9 ok a x 2\nT3 0..9 ok r x [1 2]\nT4 0..9 ok r x [2]',
      'T1 read 2 at place 1 of key 23, where T2 read 1',
    ],
    ['T1 0..9 ok a x 1, a x 2\nT2 0..9 ok r x [2 1]', 'T1 appended 1 to key 23 and then 2, T2 read 2 before 1'],
    [
      'T1 0..9 ok a x 1, r x []',
      'operation 2 of T1, on key 23, read [], which contradicts what T1 has read before and what it appended itself',
    ],
    ['T1 0..1 fail a x 1\nT2 2..3 ok r x [1]', 'T1 read 1 under key 23, which T2 appended; T2 aborted'],
    ['T1 0..9 ok a x 1, a x 2\nT2 0..9 ok r x [1]', 'T1 read key 23 up to 1, behind which T2 appended more'],
  ])('without a cycle is a sentence: %s', (script, sentence) => {
    expect(check(script).findings[0].witnesses[0]).toMatchObject({ steps: [], explanation: sentence });
  });

  it('counts every instance and keeps the first few', () => {
    const reads = Array.from({ length: 9 }, (_, i) => `T${i} 5..6 ok r x []`);
    const [finding] = check(['T0 0..1 ok a x 1', ...reads].join('\n'), { witnessesMax: 2 }).findings;
    expect(finding.instances).toBe(9);
    expect(finding.witnesses).toHaveLength(2);
  });
});

describe('a record that is missing', () => {
  const script = `T1 0..1 ok r x [1]
                  T2 2..3 ok r x [1 2], r y [3]
                  T3 0..9 ok a x 2`;

  it('is a garbage read, or allowed', () => {
    expect(namesOf(check(script))).toEqual(['garbage read']);
    const verdict = check(script, { allowMissing: true });
    expect(verdict.isValid).toBe(true);
    expect(verdict.counts.transactions).toEqual({ committed: 3, aborted: 0, unknown: 0, missing: 2 });
  });

  it('still orders those that have seen its effect', () => {
    const verdict = check(`T1 0..1 ok r x [1]\nT2 2..3 ok r x []`, { allowMissing: true });
    expect(namesOf(verdict)).toEqual(['G-single-realtime']);
    expect(verdict.findings[0].witnesses[0].transactions.map(({ outcome }) => outcome)).toContain('no record');
  });
});

it('counts what the history holds', () => {
  const { counts, firstNs } = check(
    `T1 3..4 ok a x 1, a x 2
     T2 5..6 ok r x [1 2], a x 3
     T3 7..8 fail a y 1
     T4 7..9 info a z 1, r x [1]`,
  );
  expect(firstNs).toBe(3000);
  expect(counts).toEqual({
    transactions: { committed: 2, aborted: 1, unknown: 1, missing: 0 },
    keys: 3,
    elements: 5,
    unreadElements: 1,
    reads: 2,
    edges: { ww: 1, wr: 1, rw: 0, rt: 2 },
  });
});
