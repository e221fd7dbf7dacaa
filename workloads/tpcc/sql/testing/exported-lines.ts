/** Exports as lines by table, sorted: HISTORY has no key and no order, and the engine's order is that of its rows. */
import type { Connection } from '../../../../src/drivers/contract.ts';
import type { TpccSession } from '../../session.ts';
import type { Scale } from '../../specification.ts';
import { openDatabase } from '../../testing/database.ts';
import { exportDatabase } from '../export.ts';

export type Lines = Record<string, string[]>;

export async function exportedLines(connection: Connection): Promise<Lines> {
  const tables: Lines = {};
  for await (const { table, lines } of exportDatabase(connection)) {
    tables[table] ??= [];
    tables[table].push(...lines.split('\r\n').slice(0, -1));
  }
  return sorted(tables);
}

/** Of a partition of the embedded engine. */
export function exportedPartition(session: TpccSession): Lines {
  const tables = session.exportTables(true);
  return sorted(
    Object.fromEntries(tables.map((table) => [table.name, table.lines(0, table.rows).split('\r\n').slice(0, -1)])),
  );
}

/** Of a partition right after its load. */
export function exportedLoad(seed: number, warehouses: number, scale: Scale): Lines {
  return exportedPartition(openDatabase({ seed, lastWarehouse: warehouses, scale }).session);
}

export const sorted = (tables: Lines): Lines =>
  Object.fromEntries(Object.entries(tables).map(([name, lines]) => [name, [...lines].sort()]));
