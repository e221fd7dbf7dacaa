/** Finds the customer of a Payment or an Order-Status, by number or by last name (TPC-C 2.5.2.2, 2.6.2.2). */
import { assert } from '../../../src/assert.ts';
import type { Tables } from './tables.ts';

/** Customers of one district that may share a last name. */
const MOST_SAME_NAME = 3000;

export class CustomerLookup {
  private readonly customer: Tables['customer'];
  private readonly rows = new Int32Array(MOST_SAME_NAME);

  constructor(tables: Tables) {
    this.customer = tables.customer;
  }

  byId(warehouseId: number, districtId: number, customerId: number): number {
    const { primary } = this.customer;
    const row = primary.get(primary.key.of3(warehouseId, districtId, customerId));
    if (row < 0) assert(false, `no customer (${warehouseId}, ${districtId}, ${customerId})`);
    return row;
  }

  /**
   * Of the n customers with the name, sorted by C_FIRST, the one at n/2 rounded up.
   * @returns the row, or -1 where nobody has the name (only in a reduced population)
   */
  byLastName(warehouseId: number, districtId: number, lastNameNumber: number): number {
    const { byLastName, lastNameCursor: cursor } = this.customer;
    const rows = this.rows;
    const key = byLastName.key.of3(warehouseId, districtId, lastNameNumber);
    let count = 0;
    for (cursor.seek(key); cursor.valid && cursor.key === key; cursor.next()) rows[count++] = cursor.row;
    if (count < 2) return count === 0 ? -1 : rows[0];
    for (let i = 1; i < count; i++) {
      const row = rows[i];
      let j = i - 1;
      for (; j >= 0 && this.firstNameBefore(row, rows[j]); j--) rows[j + 1] = rows[j];
      rows[j + 1] = row;
    }
    return rows[((count + 1) >> 1) - 1];
  }

  private firstNameBefore(row: number, other: number): boolean {
    const { table, first } = this.customer;
    const bytes = table.bytesOf(row);
    const otherBytes = table.bytesOf(other);
    const at = table.byteOffset(row, first) + first.lengthBytes;
    const otherAt = table.byteOffset(other, first) + first.lengthBytes;
    const length = table.textLength(row, first);
    const otherLength = table.textLength(other, first);
    for (let i = 0; i < length && i < otherLength; i++) {
      const difference = bytes[at + i] - otherBytes[otherAt + i];
      if (difference !== 0) return difference < 0;
    }
    return length < otherLength;
  }
}
