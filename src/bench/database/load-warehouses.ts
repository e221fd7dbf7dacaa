/**
 * The rows of some warehouses of one database, in a worker thread: a few connections take warehouse after warehouse, so that
 * rows are made while the server takes in others. Each warehouse is one transaction with the note that it is loaded.
 */
import type { BulkRows, Connection } from '../../drivers/contract.ts';
import { EXIT, OperatingFault } from '../../errors.ts';
import type { ControlBlock } from '../control-block.ts';
import type { DatabaseWorkload } from './contract.ts';
import { NOTE_WAREHOUSE } from './load-record.ts';

const CONNECTIONS = 2;
/** Stands for what every database has. */
export const SHARED_ROWS = 0;

export interface Loading {
  open(): Promise<Connection>;
  database: DatabaseWorkload;
  seed: number;
  warehouses: readonly number[];
  isShared: boolean;
  control: ControlBlock;
}

/** @returns rows loaded. @throws DatabaseError, or OperatingFault INTERRUPTED where main cancels */
export async function loadWarehouses(loading: Loading): Promise<number> {
  const { open, database, seed, warehouses, isShared, control } = loading;
  const waiting = [...(isShared ? [SHARED_ROWS] : []), ...warehouses];
  const expected = database.expectedRows(warehouses.length);
  const expectedRows = expected.warehouses + (isShared ? expected.shared : 0);
  let stored = 0;
  let isOver = false;

  const loadOne = async (connection: Connection, warehouse: number): Promise<void> => {
    const batches: Iterable<BulkRows> =
      warehouse === SHARED_ROWS ? database.sharedRows(seed) : database.warehouseRows(seed, warehouse);
    connection.begin();
    for (const rows of batches) {
      await connection.bulkInsert(rows);
      stored += rows.rowCount;
      control.publishLoad(stored, Math.max(stored, expectedRows), 0);
      if (control.cancelled) {
        throw new OperatingFault(
          'INTERRUPTED',
          EXIT.interrupted,
          'interrupted during the load; dbtest load goes on with the warehouses that are missing',
        );
      }
      if (isOver) return;
    }
    await connection.commit([{ statement: NOTE_WAREHOUSE, parameters: [warehouse] }]);
  };

  const work = async (): Promise<void> => {
    if (waiting.length === 0) return;
    const connection = await open();
    try {
      for (let next = waiting.shift(); next !== undefined && !isOver; next = waiting.shift()) {
        await loadOne(connection, next);
      }
    } finally {
      await connection.close();
    }
  };

  control.publishLoad(0, expectedRows, 0);
  try {
    await Promise.all(Array.from({ length: CONNECTIONS }, work));
  } finally {
    isOver = true;
  }
  return stored;
}
