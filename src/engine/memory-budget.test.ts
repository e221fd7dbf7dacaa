import { describe, expect, it } from 'vitest';
import { EXIT, OperatingFault } from '../errors.ts';
import { MemoryBudget } from './memory-budget.ts';

function faultOf(call: () => void): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return null;
}

describe('MemoryBudget', () => {
  it('takes up to the limit, not a byte more, and takes nothing when it refuses', () => {
    const budget = new MemoryBudget(1000);
    budget.reserve(600);
    budget.reserve(400);
    expect(budget.usedBytes).toBe(1000);
    expect(faultOf(() => budget.reserve(1))).toBeInstanceOf(OperatingFault);
    expect(budget.usedBytes).toBe(1000);
    budget.release(300);
    expect(faultOf(() => budget.reserve(301))).toBeInstanceOf(OperatingFault);
    budget.reserve(300);
    expect(budget.usedBytes).toBe(1000);
  });

  it('refuses with one line that says what to do', () => {
    const fault = faultOf(() => new MemoryBudget(512_500_000).reserve(512_500_001)) as OperatingFault;
    expect(fault.code).toBe('MEMORY_LIMIT');
    expect(fault.exitStatus).toBe(EXIT.usage);
    expect(fault.message).toContain('512 MB');
    expect(fault.message).toContain('--memory-limit');
    expect(fault.message).not.toContain('\n');
  });

  it('counts without refusing while it does not enforce', () => {
    const budget = new MemoryBudget(10);
    budget.enforcing = false;
    budget.reserve(25);
    expect(budget.usedBytes).toBe(25);
    budget.enforcing = true;
    expect(faultOf(() => budget.reserve(1))).toBeInstanceOf(OperatingFault);
    budget.release(20);
    budget.reserve(5);
    expect(budget.usedBytes).toBe(10);
  });

  it('knows no limit at Infinity', () => {
    const budget = new MemoryBudget(Number.POSITIVE_INFINITY);
    budget.reserve(Number.MAX_SAFE_INTEGER);
    expect(budget.usedBytes).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('asserts on a senseless limit and when more is given back than was taken', () => {
    for (const limit of [0, -1, Number.NaN]) expect(() => new MemoryBudget(limit)).toThrow('positive');
    const budget = new MemoryBudget(100);
    budget.reserve(10);
    expect(() => budget.release(11)).toThrow('released');
  });
});
