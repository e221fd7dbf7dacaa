import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BulkRows, Connection } from '../../../src/drivers/contract.ts';
import { describeWithServer } from '../../../src/drivers/testing/installation.ts';
import { TINY_SCALE } from '../testing/database.ts';
import { exportDatabase } from './export.ts';
import { sharedRows, warehouseRows } from './rows.ts';
import { type TpccSchemaOptions, tpccSchema } from './schema.ts';
import { embeddedExport } from './testing/embedded-export.ts';
import { fill, TEST_KINDS, type TestServer } from './testing/test-databases.ts';

const WAREHOUSES = 2;

function* load(seed: number): Generator<BulkRows> {
  yield* sharedRows(seed, TINY_SCALE);
  for (let warehouse = 1; warehouse <= WAREHOUSES; warehouse++) yield* warehouseRows(seed, warehouse, TINY_SCALE);
}

async function exported(connection: Connection): Promise<Record<string, string[]>> {
  const tables: Record<string, string[]> = {};
  for await (const { table, lines } of exportDatabase(connection)) {
    tables[table] ??= [];
    tables[table].push(...lines.split('\r\n').slice(0, -1));
  }
  return tables;
}

/** HISTORY has no key and no order, and others differ in theirs. */
const sorted = (tables: Record<string, string[]>): Record<string, string[]> =>
  Object.fromEntries(Object.entries(tables).map(([name, lines]) => [name, [...lines].sort()]));

for (const { dialect, installation, open } of TEST_KINDS) {
  describeWithServer(installation, `a loaded warehouse on ${dialect}`, () => {
    let server: TestServer;
    let connection: Connection;
    beforeAll(async () => {
      server = await open(['loaded', 'variant']);
      connection = server.connections[0] as Connection;
      await fill(connection, dialect, load(5));
    });
    afterAll(() => server.close());

    it('exports the same lines as on the embedded engine, table by table', async () => {
      const [ours, theirs] = [sorted(await exported(connection)), sorted(embeddedExport(5, WAREHOUSES, TINY_SCALE))];
      expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
      for (const table of Object.keys(theirs)) expect(ours[table], table).toEqual(theirs[table]);
      expect(ours).not.toEqual(sorted(embeddedExport(6, WAREHOUSES, TINY_SCALE)));
    });

    it('is the same with foreign keys and with partitions, and is dropped with everything', async () => {
      const variant = server.connections[1] as Connection;
      const lines = sorted(await exported(connection));
      const variants: Partial<TpccSchemaOptions>[] =
        dialect === 'sqlite' ? [{ foreignKeys: true }] : [{ foreignKeys: true }, { partitions: 3 }];
      if (dialect === 'postgres') variants.push({ foreignKeys: true, partitions: 2 });
      for (const options of variants) {
        await fill(variant, dialect, load(5), options);
        expect(sorted(await exported(variant))).toEqual(lines);
        const { drop } = tpccSchema(dialect, { foreignKeys: false, partitions: 0 });
        for (const twice of [1, 2]) for (const { name, text } of drop) await variant.run(`${name}, ${twice}`, text);
      }
      await expect(exported(variant)).rejects.toThrow();
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
