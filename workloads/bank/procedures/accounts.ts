/** The accounts of one partition: how the procedures find, ask for and change them. */
import { assert } from '../../../src/assert.ts';
import type { Access } from '../../../src/engine/access.ts';
import type { HashIndex } from '../../../src/engine/hash-index.ts';
import { OrderedCursor } from '../../../src/engine/ordered-cursor.ts';
import type { OrderedIndex } from '../../../src/engine/ordered-index.ts';
import type { Partition } from '../../../src/engine/partition.ts';
import type { IntegerColumn, KeyColumn } from '../../../src/engine/row-layout.ts';
import type { Table } from '../../../src/engine/table.ts';
import type { Transaction } from '../../../src/engine/transaction.ts';
import { ACCOUNT } from '../schema.ts';

export class Accounts {
  readonly table: Table;
  readonly access: Access;
  readonly primary: HashIndex;
  readonly inOrder: OrderedIndex;
  readonly id: KeyColumn;
  readonly warehouseId: KeyColumn;
  readonly balance: IntegerColumn;
  /** What `sumRange` found last. */
  sumCents = 0;
  sumRows = 0;
  private readonly cursor: OrderedCursor;

  /** @param partition has the table of `schema.ts` */
  constructor(partition: Partition) {
    this.table = partition.table(ACCOUNT.name);
    this.access = partition.access;
    this.primary = this.table.hashIndex('primary');
    this.inOrder = this.table.orderedIndex('inOrder');
    this.cursor = new OrderedCursor(this.inOrder);
    this.id = this.table.keyColumn('A_ID');
    this.warehouseId = this.table.keyColumn('A_W_ID');
    this.balance = this.table.integerColumn('A_BALANCE');
  }

  /** @returns the row, or -1 where there is no such account */
  find(warehouseId: number, accountId: number): number {
    return this.primary.get(this.primary.key.of2(warehouseId, accountId));
  }

  /** One of the accounts that are never closed. */
  findOwn(warehouseId: number, accountId: number): number {
    const row = this.find(warehouseId, accountId);
    if (row < 0) assert(false, `no account (${warehouseId}, ${accountId})`);
    return row;
  }

  balanceOf(row: number): number {
    return this.table.getInteger(row, this.balance);
  }

  /** @param amountCents negative to take it off */
  add(transaction: Transaction, row: number, amountCents: number): void {
    transaction.setInteger(this.table, row, this.balance, this.balanceOf(row) + amountCents);
  }

  /** Asks to rely on there being no such account. */
  askAbsent(warehouseId: number, accountId: number): boolean {
    return this.access.readKey(this.primary, this.primary.key.of2(warehouseId, accountId));
  }

  /**
   * Opens an account that does not exist.
   * @param ask whether to ask first
   * @returns false when that is refused: nothing has happened then
   */
  open(transaction: Transaction, warehouseId: number, accountId: number, balanceCents: number, ask: boolean): boolean {
    const { table } = this;
    const row = table.allocate();
    table.putInt32(row, this.id, accountId);
    table.putInt32(row, this.warehouseId, warehouseId);
    table.putInteger(row, this.balance, balanceCents);
    if (ask && !this.access.insert(table, row)) {
      table.free(row);
      return false;
    }
    if (!transaction.insert(table, row)) assert(false, 'an account was opened twice');
    return true;
  }

  /**
   * Sums the accounts low..end-1 of a warehouse into `sumCents` and `sumRows`.
   * @param ask whether to ask for the range and every account in it
   * @returns false when something was refused
   */
  sumRange(warehouseId: number, low: number, end: number, ask: boolean): boolean {
    const { inOrder, cursor, table, access } = this;
    const first = inOrder.key.of2(warehouseId, low);
    const last = inOrder.key.of2(warehouseId, end);
    if (ask && !access.readRange(inOrder, first, last)) return false;
    let cents = 0;
    let rows = 0;
    for (cursor.seek(first); cursor.valid && cursor.key < last; cursor.next()) {
      if (ask && !access.read(table, cursor.row)) return false;
      cents += this.balanceOf(cursor.row);
      rows++;
    }
    this.sumCents = cents;
    this.sumRows = rows;
    return true;
  }
}
