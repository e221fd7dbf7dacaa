import { describe, expect, it } from 'vitest';
import { availableMemoryBytes, defaultMemoryLimitBytes } from './memory.ts';

describe('the machine', () => {
  it('leaves a part of its memory to others by default', () => {
    expect(defaultMemoryLimitBytes()).toBeGreaterThan(0);
    expect(defaultMemoryLimitBytes()).toBeLessThan(availableMemoryBytes());
  });
});
