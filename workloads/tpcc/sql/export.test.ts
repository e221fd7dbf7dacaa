import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BulkRows, Connection } from '../../../src/drivers/contract.ts';
import { describeWithServer } from '../../../src/drivers/testing/installation.ts';
import { TINY_SCALE } from '../testing/database.ts';
import { sharedRows, warehouseRows } from './rows.ts';
import { type TpccSchemaOptions, tpccSchema } from './schema.ts';
import { exportedLines, exportedLoad } from './testing/exported-lines.ts';
import { fill, TEST_KINDS, type TestServer } from './testing/test-databases.ts';

const WAREHOUSES = 2;

function* load(seed: number): Generator<BulkRows> {
  yield* sharedRows(seed, TINY_SCALE);
  for (let warehouse = 1; warehouse <= WAREHOUSES; warehouse++) yield* warehouseRows(seed, warehouse, TINY_SCALE);
}

for (const { dialect, installation, open } of TEST_KINDS) {
  describeWithServer(installation, `a loaded warehouse on ${dialect}`, () => {
    let server: TestServer;
    let connection: Connection;
    beforeAll(async () => {
      server = await open(['loaded', 'variant']);
      connection = server.connections[0] as Connection;
      await fill(connection, dialect, load(5));
    });
    afterAll(() => server?.close());

    it('exports the same lines as on the embedded engine, table by table', async () => {
      const [ours, theirs] = [await exportedLines(connection), exportedLoad(5, WAREHOUSES, TINY_SCALE)];
      expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
      for (const table of Object.keys(theirs)) expect(ours[table], table).toEqual(theirs[table]);
      expect(ours).not.toEqual(exportedLoad(6, WAREHOUSES, TINY_SCALE));
    });

    it('is the same with foreign keys and with partitions, and is dropped with everything', async () => {
      const variant = server.connections[1] as Connection;
      const lines = await exportedLines(connection);
      const variants: Partial<TpccSchemaOptions>[] =
        dialect === 'sqlite' ? [{ foreignKeys: true }] : [{ foreignKeys: true }, { partitions: 3 }];
      if (dialect === 'postgres') variants.push({ foreignKeys: true, partitions: 2 });
      for (const options of variants) {
        await fill(variant, dialect, load(5), options);
        expect(await exportedLines(variant)).toEqual(lines);
        const { drop } = tpccSchema(dialect, { foreignKeys: false, partitions: 0 });
        for (const twice of [1, 2]) for (const { name, text } of drop) await variant.run(`${name}, ${twice}`, text);
      }
      await expect(exportedLines(variant)).rejects.toThrow();
    });

    it('is refused where a row refers to nothing, with foreign keys', async () => {
      const variant = server.connections[1] as Connection;
      const orphan = [...warehouseRows(5, 1, TINY_SCALE)].filter(({ table }) => table !== 'warehouse');
      await expect(
        fill(variant, dialect, [...sharedRows(5, TINY_SCALE), ...orphan], { foreignKeys: true }),
      ).rejects.toThrow(/foreign key/i);
    });
  });
}
