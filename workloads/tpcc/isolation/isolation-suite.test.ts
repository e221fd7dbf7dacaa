import { describe, expect, it } from 'vitest';
import { runScenario, SCENARIOS } from './isolation-suite.ts';
import type { Meeting } from './scenario.ts';
import { EmbeddedDriver, type EmbeddedOptions } from './testing/embedded-driver.ts';

const VARIANTS: EmbeddedOptions[] = [
  { paths: 'links', held: 'answers' },
  { paths: 'links', held: 'decisions' },
  { paths: 'rings', held: 'answers' },
  { paths: 'rings', held: 'decisions' },
];

/**
 * How transactions must fare on the embedded engine, so that no scenario passes because nothing met. From one worker to
 * another, a fragment stands in line behind a decision that is late, and dies where it arrives before an answer.
 */
function expectedMeetings(id: string, held: EmbeddedOptions['held']): readonly Meeting[] {
  if (id === '3.4.2.8 waiting') return ['waits', 'completes'];
  if (id === '3.4.2.9 waiting') return ['waits', 'waits'];
  if (id.startsWith('3.2.2') || id === '2.4.2.3' || id === '3.4.2.7') return [];
  // Run from start to end on their thread.
  if (['3.4.2.5', '3.4.2.6', '3.4.2.8', '3.4.2.9'].includes(id)) return ['indivisible'];
  // At home nothing of the order is there before the commit point, and all of it afterwards.
  if (['3.4.2.1', '3.4.2.2'].includes(id)) return ['completes'];
  const asFragment = ['3.4.2.3', '3.4.2.4', '3.4.1 payments, commit remote', '3.4.1 payments, rollback remote'];
  return asFragment.includes(id) && held === 'answers' ? ['retries'] : ['waits'];
}

describe.each(VARIANTS)('the embedded engine, with partitions joined by $paths and $held held back', (options) => {
  it.each(SCENARIOS)('$id: $title', async (scenario) => {
    const result = await runScenario(scenario, async () => new EmbeddedDriver(options));
    expect(result.violations).toEqual([]);
    expect(result.meetings).toEqual(expectedMeetings(scenario.id, options.held));
    expect(result.verdict).toBe(scenario.changesPrices ? 'not applicable' : 'passed');
    expect(result.reason).toEqual(scenario.changesPrices ? expect.stringContaining('ITEM') : null);
  });
});

describe('the list', () => {
  it('has all isolation tests of the specification, and each name once', () => {
    const ids = SCENARIOS.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(Array.from({ length: 9 }, (_, i) => `3.4.2.${i + 1}`)));
    expect(ids).toEqual(expect.arrayContaining(['3.2.2.1', '3.2.2.2']));
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('an order over two partitions', () => {
  const customer = { districtId: 4, customerId: 7 };
  const lines = [1, 2].map((supplyWarehouseId) => ({ itemId: 9, supplyWarehouseId, quantity: 1 }));

  it.each([
    ['answers', false],
    ['decisions', true],
  ] as const)('is seen at home only from its commit point on; %s held back', async (held, isSeen) => {
    const driver = new EmbeddedDriver({ paths: 'links', held });
    const t1 = await driver.begin(1, 'newOrder', { ...customer, lines }, 'beforeCommit');
    expect(await t1.observe()).toEqual({ kind: 'stopped' });
    const { nextOrderId } = await driver.stored.district(1, 4);
    const seen = await (await driver.begin(1, 'orderStatus', customer, null)).observe();
    if (seen.kind !== 'completed') throw new Error(seen.kind);
    // The population gives each customer one order, and a district ten.
    expect(nextOrderId).toBe(isSeen ? 12 : 11);
    expect(seen.output.order?.orderId === 11).toBe(isSeen);
    await t1.goOn();
    expect(await t1.observe()).toMatchObject({ kind: 'completed', committed: true, output: { orderId: 11 } });
  });
});
