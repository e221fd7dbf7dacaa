/** Whether the orders that clients were told of are there, each with all its lines. Reads the rows alone, and no index. */
import type { Partition } from '../../../src/engine/partition.ts';
import { packReceipt, receiptText } from '../receipt.ts';

/**
 * @param partitions of all workers
 * @param receipts of `receipt.ts`
 * @returns what is missing, a line each
 */
export function missingOrders(partitions: readonly Partition[], receipts: readonly number[]): string[] {
  if (receipts.length === 0) return [];
  const promised = new Set<number>();
  const lines = new Map<number, number>();
  for (const partition of partitions) {
    eachKey(partition, 'ORDER-LINE', ['OL_W_ID', 'OL_D_ID', 'OL_O_ID'], (order) => {
      lines.set(order, (lines.get(order) ?? 0) + 1);
    });
  }
  for (const partition of partitions) {
    const table = partition.table('ORDER');
    const count = table.int32Column('O_OL_CNT');
    eachKey(partition, 'ORDER', ['O_W_ID', 'O_D_ID', 'O_ID'], (order, row) => {
      const lineCount = table.getInt32(row, count);
      if (lines.get(order) === lineCount) promised.add(order + lineCount);
    });
  }
  return receipts.flatMap((receipt) => {
    if (promised.has(receipt)) return [];
    const [warehouse, district, order, lineCount] = receiptText(receipt).split(' ');
    return [`order ${order} of district ${district} of warehouse ${warehouse} with ${lineCount} lines`];
  });
}

/** Every row by its order: a receipt of no lines. */
function eachKey(
  partition: Partition,
  name: string,
  [warehouse, district, order]: readonly [string, string, string],
  visit: (key: number, row: number) => void,
): void {
  const table = partition.table(name);
  const columns = [warehouse, district, order].map((column) => table.keyColumn(column));
  for (let row = 0; row < table.rowBound; row++) {
    if (!table.isLive(row)) continue;
    const [w, d, o] = columns.map((column) => table.getInt32(row, column));
    visit(packReceipt(w, d, o, 0), row);
  }
}
