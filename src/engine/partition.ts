/**
 * The storage engine: the tables, indexes and transactions of one partition.
 *
 * One thread owns a partition and is the only one that touches it, so nothing here locks or awaits, and given the same
 * calls it does the same. It knows no thread, socket, clock or file, and no workload: tables are made from definitions.
 */
import { assert } from '../assert.ts';
import { Access } from './access.ts';
import { DirectIndex } from './direct-index.ts';
import { HashIndex } from './hash-index.ts';
import { LockTable } from './lock-table.ts';
import { MemoryBudget } from './memory-budget.ts';
import { OrderedIndex } from './ordered-index.ts';
import { PackedKey } from './packed-key.ts';
import type { TableDefinition } from './schema.ts';
import { Table } from './table.ts';
import { type CommitListener, Transaction } from './transaction.ts';
import { MOST_IDS } from './write-tag.ts';

export class Partition {
  readonly budget: MemoryBudget;
  /** By id, in the order of their creation. */
  readonly tables: Table[] = [];
  /** What prepared fragments of transactions over several partitions hold. */
  readonly locks: LockTable;
  /** How the thread's code asks for what they may hold. */
  readonly access: Access;
  private indexCount = 0;
  private readonly transactions: Transaction[] = [];
  private listener: CommitListener | null = null;

  /** @param limitBytes most bytes that tables, indexes and write sets may take */
  constructor(limitBytes: number = Number.POSITIVE_INFINITY) {
    this.budget = new MemoryBudget(limitBytes);
    this.locks = new LockTable(this.budget);
    this.access = new Access(this.locks);
  }

  /** Creates an empty table. @throws OperatingFault `MEMORY_LIMIT` when its hash indexes do not fit */
  createTable(definition: TableDefinition): Table {
    assert(!this.tables.some((table) => table.name === definition.name), `table ${definition.name} exists`);
    assert(this.tables.length < MOST_IDS, 'too many tables');
    const table = new Table(definition, this.tables.length, this.budget);
    assert(table.layout.columns.length <= MOST_IDS, `${table.name} has too many columns`);
    for (const [name, index] of Object.entries(definition.indexes)) {
      const where = `${definition.name}.${name}`;
      const columns = index.key.map((part) => table.keyColumn(part.column));
      const key = new PackedKey(where, index.key, columns);
      assert(definition.shared !== true || index.kind === 'direct', `${where}: only direct indexes can be shared`);
      const lockSpace = MOST_IDS + this.indexCount++;
      assert(this.indexCount <= MOST_IDS, 'too many indexes');
      if (index.kind === 'hash') {
        const created = new HashIndex(name, key, definition.expectedRows ?? 0, this.budget);
        created.lockSpace = lockSpace;
        table.hashIndexes.push(created);
      } else if (index.kind === 'direct') {
        const created = new DirectIndex(name, key, this.budget, definition.shared === true);
        created.lockSpace = lockSpace;
        table.directIndexes.push(created);
      } else {
        const created = new OrderedIndex(name, key, index.unique, this.budget);
        created.lockSpace = lockSpace;
        table.orderedIndexes.push(created);
      }
    }
    this.tables.push(table);
    return table;
  }

  table(name: string): Table {
    const table = this.tables.find((candidate) => candidate.name === name);
    assert(table !== undefined, `there is no table ${name}`);
    return table;
  }

  /** Hears of every commit of every transaction of this partition from now on. */
  listen(listener: CommitListener): void {
    this.listener = listener;
    for (const transaction of this.transactions) transaction.listener = listener;
  }

  /** A transaction object; it is reused, one transaction after the other. */
  newTransaction(): Transaction {
    const transaction = new Transaction(this.tables, this.budget);
    transaction.listener = this.listener;
    this.transactions.push(transaction);
    return transaction;
  }

  /** Bytes that the engine holds. */
  get usedBytes(): number {
    return this.budget.usedBytes;
  }

  /** Whether a short batch of transactions certainly fits into the budget. */
  hasHeadroom(): boolean {
    let bytes = this.budget.usedBytes;
    for (const table of this.tables) bytes += table.pendingGrowthBytes;
    return bytes <= this.budget.limitBytes;
  }
}
