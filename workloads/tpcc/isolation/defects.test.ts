import { describe, expect, it } from 'vitest';
import { runScenario, SCENARIOS } from './isolation-suite.ts';
import { DEFECTS } from './testing/defects.ts';
import { EmbeddedDriver } from './testing/embedded-driver.ts';

const scenarioOf = (id: string) => {
  const scenario = SCENARIOS.find((each) => each.id === id);
  if (scenario === undefined) throw new Error(`there is no scenario ${id}`);
  return scenario;
};

describe('the isolation tests find', () => {
  it.each(DEFECTS)('that $name', async ({ caughtBy, spoil }) => {
    const scenario = scenarioOf(caughtBy);
    for (const paths of ['links', 'rings'] as const) {
      const open = async () =>
        new EmbeddedDriver({ paths, held: 'answers', spoil: (workers) => workers.forEach(spoil) });
      const { verdict, violations } = await runScenario(scenario, open);
      expect(verdict).toBe('failed');
      expect(violations.length).toBeGreaterThan(0);
    }
  });
});
