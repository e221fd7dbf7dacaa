/** The tables of all databases of a run as CSV files, as the embedded engine's export has them. Runs on the main thread. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Connection } from '../../drivers/contract.ts';
import { fileFault } from '../../errors.ts';
import type { DatabaseWorkload } from './contract.ts';

/** One file a table: header, then the rows of one database after the other. */
export async function exportDatabases(
  database: DatabaseWorkload,
  connections: readonly Connection[],
  folder: string,
): Promise<void> {
  const begun = new Set<string>();
  for (const [shard, connection] of connections.entries()) {
    for await (const { table, columns, lines } of database.exportTables(connection)) {
      if (shard > 0 && database.sharedTables.includes(table)) continue;
      const path = join(folder, `${table}.csv`);
      const header = begun.has(table) ? '' : `${columns.join(',')}\r\n`;
      begun.add(table);
      try {
        appendFileSync(path, header + lines);
      } catch (error) {
        throw fileFault('write', path, error);
      }
    }
  }
}
