import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OperatingFault } from '../../errors.ts';
import { formatCpuList, parseCpuList, readCpuListOption } from './cpu-list.ts';

describe('parseCpuList', () => {
  it.each([
    ['0', [0]],
    ['0,2-5,8', [0, 2, 3, 4, 5, 8]],
    ['6,1-3,0', [6, 1, 2, 3, 0]],
    ['7-7', [7]],
    [' 1, 4-5 ', [1, 4, 5]],
    ['65535', [65535]],
  ])('reads %j in the order given', (text, cpus) => {
    expect(parseCpuList(text)).toEqual({ cpus, problem: null });
  });

  it.each([
    ['', '"" is neither a CPU number nor a range'],
    ['0,', '"" is neither a CPU number nor a range'],
    ['0,x', '"x" is neither a CPU number nor a range'],
    ['0 1', '"0 1" is neither a CPU number nor a range'],
    ['-1', '"-1" is neither a CPU number nor a range'],
    ['1-', '"1-" is neither a CPU number nor a range'],
    ['1-2-3', '"1-2-3" is neither a CPU number nor a range'],
    ['0x3', '"0x3" is neither a CPU number nor a range'],
    ['0\n1', '"0\\n1" is neither a CPU number nor a range'],
    ['a'.repeat(90), `"${'a'.repeat(40)}…" is neither a CPU number nor a range`],
    ['5-2', 'the range "5-2" ends before it begins'],
    ['0-3,2', 'CPU 2 is given twice'],
    ['1,1', 'CPU 1 is given twice'],
    ['0-99999999999999', '"0-99999999999999" goes beyond the highest possible CPU, 65535'],
  ])('says what is wrong with %j', (text, problem) => {
    expect(parseCpuList(text)).toEqual({ cpus: [], problem });
  });
});

describe('formatCpuList', () => {
  it.each([
    [[], ''],
    [[3], '3'],
    [[8, 5, 4, 3, 2, 0], '0,2-5,8'],
    [[0, 1], '0-1'],
  ])('writes %j shortest', (cpus, text) => {
    expect(formatCpuList(cpus)).toBe(text);
  });

  it('is read back as the same set', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(100), { minLength: 1 }), (cpus) => {
        const ascending = cpus.toSorted((a, b) => a - b);
        expect(parseCpuList(formatCpuList(cpus))).toEqual({ cpus: ascending, problem: null });
      }),
    );
  });
});

describe('readCpuListOption', () => {
  const refusal = (text: string, allowedCpus: number[] | null): string => {
    try {
      readCpuListOption(text, allowedCpus);
    } catch (error) {
      expect(error).toBeInstanceOf(OperatingFault);
      expect(error).toMatchObject({ code: 'USAGE', exitStatus: 2 });
      return (error as OperatingFault).message;
    }
    throw new Error('it was accepted');
  };

  it('keeps the order', () => {
    expect(readCpuListOption('3,0-1', [0, 1, 2, 3])).toEqual([3, 0, 1]);
  });

  it('cannot check what the system does not say', () => {
    expect(readCpuListOption('900', null)).toEqual([900]);
  });

  it('says what is wrong and what is accepted', () => {
    expect(refusal('0,x', null)).toBe(
      '--cpu-list: "x" is neither a CPU number nor a range; ' +
        'give numbers of CPUs and ranges of them, separated by commas, each CPU once: 0,2-5,8',
    );
  });

  it('names the CPUs that the process may not use', () => {
    expect(refusal('0-2', [0, 1, 4])).toBe('--cpu-list: this process may not use CPU 2; give some of 0-1,4');
    expect(refusal('0-3,7', [0, 1])).toBe('--cpu-list: this process may not use CPUs 2-3,7; give some of 0-1');
  });
});
