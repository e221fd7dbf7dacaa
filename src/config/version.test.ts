import { describe, expect, it } from 'vitest';
import { dbtestVersion } from './version.ts';

describe('dbtestVersion', () => {
  it('is a version', () => {
    expect(dbtestVersion()).toMatch(/^\d+\.\d+\.\d+/);
  });
});
