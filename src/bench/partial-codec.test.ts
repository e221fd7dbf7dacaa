import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OperatingFault } from '../errors.ts';
import type { PartialCheck } from './contract.ts';
import { decodePartial, encodePartial } from './partial-codec.ts';

/** As it arrives in another process. */
const sent = (partial: PartialCheck): PartialCheck => decodePartial(JSON.parse(JSON.stringify(encodePartial(partial))));

const sum = (keys: number[], values: number[]) => ({
  keys: Float64Array.from(keys),
  values: Float64Array.from(values),
});

describe('a partial check on its way to another process', () => {
  it('keeps every number as it is, those that JSON does not know included', () => {
    const keys = [0, -0, 1, 2 ** 53 - 1, -(2 ** 53)];
    const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, 0.1 + 0.2];
    const partial = { conditions: [], sums: { 'stock.S_YTD': sum(keys, values) } };
    const arrived = sent(partial);
    expect(arrived).toStrictEqual(partial);
    expect(Object.is(arrived.sums['stock.S_YTD']?.keys[1], -0)).toBe(true);
    expect(arrived.sums['stock.S_YTD']?.values).toBeInstanceOf(Float64Array);
  });

  it('keeps sums and conditions of which there are none', () => {
    expect(sent({ conditions: [], sums: {} })).toStrictEqual({ conditions: [], sums: {} });
    const empty = { conditions: [], sums: { W_ID: sum([], []) } };
    expect(sent(empty)).toStrictEqual(empty);
  });

  it('keeps conditions with all that they say', () => {
    const condition = {
      id: '3.3.2.1',
      title: 'W_YTD = sum(D_YTD)',
      passed: false,
      checkedRows: 12,
      violationCount: 2,
      violations: ['W_ID=1: "quoted" – 1.00', ''],
    };
    const partial = { conditions: [condition], sums: {} };
    expect(sent(partial)).toStrictEqual(partial);
  });

  it('takes part of a larger array as what it is', () => {
    const all = Float64Array.from({ length: 10 }, (_, i) => i + 0.5);
    const arrived = sent({ conditions: [], sums: { PART: { keys: all.subarray(2, 5), values: all.subarray(7) } } });
    expect(arrived.sums['PART']).toStrictEqual(sum([2.5, 3.5, 4.5], [7.5, 8.5, 9.5]));
  });

  it('keeps any sums', () => {
    const anyNumbers = fc.array(fc.double(), { maxLength: 50 });
    const anySums = fc.dictionary(fc.string(), fc.record({ keys: anyNumbers, values: anyNumbers }), { maxKeys: 5 });
    fc.assert(
      fc.property(anySums, (plain) => {
        const sums = Object.fromEntries(
          Object.entries(plain).map(([name, { keys, values }]) => [name, sum(keys, values)]),
        );
        expect(sent({ conditions: [], sums }).sums).toStrictEqual(sums);
      }),
      { numRuns: 50 },
    );
  });
});

describe('what is no partial check', () => {
  const sums = (keys: unknown, values: unknown = '') => ({ conditions: [], sums: { W: { keys, values } } });
  const condition = { id: '1', title: 'one', passed: true, checkedRows: 1, violationCount: 0, violations: [] };

  const none: unknown[] = [
    null,
    7,
    [],
    {},
    { conditions: [] },
    { sums: {} },
    { conditions: {}, sums: {} },
    { conditions: [], sums: null },
    { conditions: [], sums: [] },
    { conditions: [], sums: { W: null } },
    sums(undefined),
    sums(null),
    sums('AAAA'),
    sums('AAAAAAAA8D8=', '*AAAAAAA8D8='),
    { conditions: [null], sums: {} },
    ...['id', 'title', 'passed', 'checkedRows', 'violationCount', 'violations'].map((key) => ({
      conditions: [{ ...condition, [key]: null }],
      sums: {},
    })),
    { conditions: [{ ...condition, violations: [7] }], sums: {} },
    { conditions: [{ ...condition, reason: 7 }], sums: {} },
    { conditions: [condition, { ...condition, checkable: 'no' }], sums: {} },
  ];

  it.each(none.map((encoded) => ({ encoded })))('is refused in one line: $encoded', ({ encoded }) => {
    let fault: unknown;
    try {
      decodePartial(encoded);
    } catch (error) {
      fault = error;
    }
    expect(fault).toBeInstanceOf(OperatingFault);
    const { code, exitStatus, message } = fault as OperatingFault;
    expect([code, exitStatus]).toEqual(['TRANSPORT', 5]);
    expect(message).toMatch(
      /^a process of the cluster sent a partial check that does not decode: .+; see what runs at/,
    );
  });
});
