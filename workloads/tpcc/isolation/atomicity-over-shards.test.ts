import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EmbeddedDriver } from './testing/embedded-driver.ts';

const PARTITIONS = 4;

const anyLine = fc.record({
  itemId: fc.integer({ min: 1, max: 200 }),
  supplyWarehouseId: fc.integer({ min: 1, max: PARTITIONS }),
  quantity: fc.integer({ min: 1, max: 10 }),
});

describe('a New-Order with lines from other shards that is rolled back', () => {
  it('has done its work at every supplier, and leaves every shard byte for byte as it was', async () => {
    let suppliers = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(anyLine, { minLength: 4, maxLength: 14 }), async (lines) => {
        const driver = new EmbeddedDriver({ paths: 'links', held: 'answers', partitions: PARTITIONS });
        const before = await driver.stored.everything();
        const customer = { districtId: 4, customerId: 7 };
        const unused = { itemId: driver.items + 1, supplyWarehouseId: 1, quantity: 1 };
        const order = { ...customer, lines: [...lines, unused] };
        const t1 = await driver.begin(1, 'newOrder', order, 'beforeRollback');
        const remote = new Set(lines.map((line) => line.supplyWarehouseId).filter((warehouse) => warehouse !== 1));
        suppliers = Math.max(suppliers, remote.size);

        const { kind } = await t1.observe();
        expect(kind).toBe(remote.size > 0 ? 'stopped' : 'completed');
        const meanwhile = await driver.stored.everything();
        const worked = Object.keys(before).filter((table) => meanwhile[table] !== before[table]);
        expect(new Set(worked)).toEqual(new Set([...remote].map((warehouse) => `STOCK of worker ${warehouse - 1}`)));

        await t1.goOn();
        expect(await t1.observe()).toMatchObject({ kind: 'completed', committed: false });
        expect(await driver.stored.everything()).toEqual(before);

        const t2 = await driver.begin(1, 'newOrder', { ...customer, lines }, null);
        expect(await t2.observe()).toMatchObject({ kind: 'completed', committed: true });
        const failed = (await driver.stored.conditions()).filter(({ passed }) => !passed);
        expect(failed).toEqual([]);
      }),
      { numRuns: 25, seed: 4 },
    );
    expect(suppliers).toBe(PARTITIONS - 1);
  });
});
