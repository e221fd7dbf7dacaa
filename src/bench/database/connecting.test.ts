import { expect, it } from 'vitest';
import type { RunConfig } from '../../config/run-config.ts';
import type { Connection, Driver } from '../../drivers/contract.ts';
import { connectTo } from './connecting.ts';

/** The schemas that the shards of a run are connected with. */
async function schemasOf(schema: string | null, shards: number, driver: Partial<Driver>): Promise<(string | null)[]> {
  const seen: (string | null)[] = [];
  const connect: Driver['connect'] = async (_url, options) => {
    seen.push(options.schema);
    return {} as Connection;
  };
  const urls = Array.from({ length: shards }, (_, shard) => `db:${shard}`);
  const config = { database: { schema } } as RunConfig;
  for (const shard of urls.keys()) await connectTo({ ...driver, connect } as Driver, config, urls, shard);
  return seen;
}

it('gives shards a schema each where schemas are databases of a server, which they may share', async () => {
  expect(await schemasOf('tpcc', 2, { schemasAreDatabases: true })).toEqual(['tpcc_0', 'tpcc_1']);
  expect(await schemasOf('tpcc', 1, { schemasAreDatabases: true })).toEqual(['tpcc']);
  expect(await schemasOf(null, 2, { schemasAreDatabases: true })).toEqual([null, null]);
  expect(await schemasOf('tpcc', 2, {})).toEqual(['tpcc', 'tpcc']);
});
