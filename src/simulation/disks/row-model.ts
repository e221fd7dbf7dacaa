/**
 * What the rows of one partition must be after a recovery, whatever the workload: the rows as they were at first, and what
 * every commit since made of them, with its epoch. A recovery to an epoch finds exactly the rows that the commits up to it
 * left. It reads the columns themselves, and knows nothing of records and files.
 */
import type { Partition } from '../../engine/partition.ts';
import type { Column } from '../../engine/row-layout.ts';
import type { Table } from '../../engine/table.ts';
import type { CommitListener } from '../../engine/transaction.ts';
import type { WriteSet } from '../../engine/write-set.ts';

const TABLE_RANGE = 2 ** 32;
const GONE = -1;
const FIRST_DIGEST = 0x811c9dc5;
const PRIME = 0x01000193;

/** The digest of a row by its table and slot. */
type Rows = Map<number, number>;

const keyOf = (table: number, row: number): number => table * TABLE_RANGE + row;

export class RowModel implements CommitListener {
  /** The epoch in which another worker decided what commits now; 0 where the partition's own does. */
  decidedEpoch = 0;
  private readonly partition: Partition;
  private readonly next: CommitListener;
  private readonly ownEpoch: () => number;
  private readonly first: Rows;
  private readonly commits: { epoch: number; keys: number[]; digests: number[] }[] = [];

  /**
   * @param next hears of every commit, too
   * @param ownEpoch the epoch of what the partition's worker decides now
   */
  constructor(partition: Partition, next: CommitListener, ownEpoch: () => number) {
    this.partition = partition;
    this.next = next;
    this.ownEpoch = ownEpoch;
    this.first = rowsOf(partition);
  }

  committing(writeSet: WriteSet): void {
    this.next.committing(writeSet);
    const { tables } = this.partition;
    const keys: number[] = [];
    const digests: number[] = [];
    for (let entry = 0; entry < writeSet.length; entry++) {
      const table = tables[writeSet.table(entry)];
      const row = writeSet.row(entry);
      keys.push(keyOf(table.id, row));
      digests.push(table.isLive(row) ? digestOf(table, row) : GONE);
    }
    this.commits.push({ epoch: this.decidedEpoch === 0 ? this.ownEpoch() : this.decidedEpoch, keys, digests });
  }

  /** @returns how a partition that was recovered to an epoch differs from what it must be, or null */
  difference(recovered: Partition, epoch: number): string | null {
    const expected = new Map(this.first);
    for (const commit of this.commits) {
      if (commit.epoch > epoch) continue;
      commit.keys.forEach((key, i) => {
        if (commit.digests[i] === GONE) expected.delete(key);
        else expected.set(key, commit.digests[i]);
      });
    }
    const found = rowsOf(recovered);
    for (const [key, digest] of expected) {
      const is = found.get(key);
      if (is === digest) continue;
      return `${this.place(key)} ${is === undefined ? 'is missing' : 'is not what it was'} at the end of epoch ${epoch}`;
    }
    for (const key of found.keys()) {
      if (!expected.has(key)) return `${this.place(key)} was not there at the end of epoch ${epoch}`;
    }
    return null;
  }

  private place(key: number): string {
    const table = Math.floor(key / TABLE_RANGE);
    return `${this.partition.tables[table].name}, row ${key - table * TABLE_RANGE},`;
  }
}

function rowsOf({ tables }: Partition): Rows {
  const rows: Rows = new Map();
  for (const table of tables) {
    if (table.isShared) continue;
    for (let row = 0; row < table.rowBound; row++) {
      if (table.isLive(row)) rows.set(keyOf(table.id, row), digestOf(table, row));
    }
  }
  return rows;
}

/** Never GONE. */
function digestOf(table: Table, row: number): number {
  let digest = FIRST_DIGEST;
  for (const column of table.layout.columns) digest = mixColumn(digest, table, row, column);
  return digest >>> 0;
}

function mixColumn(before: number, table: Table, row: number, column: Column): number {
  if (column.kind === 'int32') return Math.imul(before ^ table.getInt32(row, column), PRIME);
  if (column.kind === 'integer') {
    const value = table.getInteger(row, column);
    return Math.imul(Math.imul(before ^ (value | 0), PRIME) ^ Math.floor(value / TABLE_RANGE), PRIME);
  }
  let digest = before;
  const bytes = table.bytesOf(row);
  const from = table.byteOffset(row, column);
  const end = from + column.lengthBytes + table.textLength(row, column);
  for (let at = from; at < end; at++) digest = Math.imul(digest ^ bytes[at], PRIME);
  return digest;
}
