/** The lists of one partition: how operations find, ask for and change them. */
import { assert } from '../../src/assert.ts';
import type { Access } from '../../src/engine/access.ts';
import { OrderedCursor } from '../../src/engine/ordered-cursor.ts';
import type { OrderedIndex } from '../../src/engine/ordered-index.ts';
import type { Partition } from '../../src/engine/partition.ts';
import type { IntegerColumn, KeyColumn } from '../../src/engine/row-layout.ts';
import type { Table } from '../../src/engine/table.ts';
import type { Transaction } from '../../src/engine/transaction.ts';
import { ELEMENT, MOST_ELEMENTS, POSITION_RANGE } from './schema.ts';

export class Lists {
  readonly table: Table;
  readonly inOrder: OrderedIndex;
  readonly warehouseId: KeyColumn;
  readonly listId: KeyColumn;
  readonly position: KeyColumn;
  readonly element: IntegerColumn;
  /** What `read` found last, in order. */
  readonly found = new Float64Array(MOST_ELEMENTS);
  count = 0;
  private readonly access: Access;
  private readonly cursor: OrderedCursor;

  /** @param partition has the table of `schema.ts` */
  constructor(partition: Partition) {
    this.table = partition.table(ELEMENT.name);
    this.access = partition.access;
    this.inOrder = this.table.orderedIndex('inOrder');
    this.cursor = new OrderedCursor(this.inOrder);
    this.warehouseId = this.table.keyColumn('L_W_ID');
    this.listId = this.table.keyColumn('L_ID');
    this.position = this.table.keyColumn('L_POSITION');
    this.element = this.table.integerColumn('L_ELEMENT');
  }

  /**
   * Reads a list into `found` and `count`.
   * @param ask whether to ask for its range and every element in it
   * @returns false when something was refused
   */
  read(warehouseId: number, listId: number, ask: boolean): boolean {
    const { inOrder, cursor, table, access, found } = this;
    const first = inOrder.key.of3(warehouseId, listId, 0);
    const end = first + POSITION_RANGE;
    if (ask && !access.readRange(inOrder, first, end)) return false;
    let count = 0;
    for (cursor.seek(first); cursor.valid && cursor.key < end; cursor.next()) {
      if (ask && !access.read(table, cursor.row)) return false;
      found[count++] = table.getInteger(cursor.row, this.element);
    }
    this.count = count;
    return true;
  }

  /**
   * Appends, unless the list is full: then nothing happens, and `count` says so.
   * @returns false when something was refused; nothing has happened then
   */
  append(
    transaction: Transaction,
    warehouseId: number,
    listId: number,
    element: number,
    elementsMost: number,
    ask: boolean,
  ): boolean {
    if (!this.read(warehouseId, listId, ask)) return false;
    if (this.count >= elementsMost) return true;
    const { table } = this;
    const row = table.allocate();
    table.putInt32(row, this.warehouseId, warehouseId);
    table.putInt32(row, this.listId, listId);
    table.putInt32(row, this.position, this.count + 1);
    table.putInteger(row, this.element, element);
    if (ask && !this.access.insert(table, row)) {
      table.free(row);
      return false;
    }
    if (!transaction.insert(table, row)) assert(false, 'a position was taken twice');
    return true;
  }
}
