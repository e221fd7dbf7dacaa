/** What the embedded engine exports of a database, for comparison with what others do. */

import type { Scale } from '../../specification.ts';
import { openDatabase } from '../../testing/database.ts';

/** Lines by title of the table, of a database right after its load. */
export function embeddedExport(seed: number, warehouses: number, scale: Scale): Record<string, string[]> {
  const { session } = openDatabase({ seed, lastWarehouse: warehouses, scale });
  return Object.fromEntries(
    session.exportTables(true).map((table) => [table.name, table.lines(0, table.rows).split('\r\n').slice(0, -1)]),
  );
}
