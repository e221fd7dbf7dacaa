/** The workload of the target `exchange`: numbered accounts that fragments read, change, insert, delete and sum. */
import { assert } from '../../../src/assert.ts';
import type { HashIndex } from '../../../src/engine/hash-index.ts';
import type { OrderedIndex } from '../../../src/engine/ordered-index.ts';
import type { Partition } from '../../../src/engine/partition.ts';
import { int32, integer, type TableDefinition } from '../../../src/engine/schema.ts';
import type { Table } from '../../../src/engine/table.ts';
import type { Transaction } from '../../../src/engine/transaction.ts';
import {
  BLOCKED,
  COMMITTED,
  type FragmentCall,
  type FragmentSession,
  type Outcome,
  PENDING,
  type RemoteFragments,
  USER_ABORT,
} from '../../../src/shard/contract.ts';
import { SEQUENCE } from '../../../src/shard/message-layout.ts';
import { check } from '../fuzz-target.ts';

const ACCOUNT = {
  name: 'ACCOUNT',
  columns: { NUMBER: int32, BALANCE: integer },
  indexes: {
    byNumber: { kind: 'hash', key: [{ column: 'NUMBER', range: 16 }] },
    inOrder: { kind: 'ordered', key: [{ column: 'NUMBER', range: 16 }], unique: true },
  },
} satisfies TableDefinition;

const ACCOUNTS = 8;
export const LONGEST_BODY_WORDS = 8;

/** Words before the body of a fragment, in the layout of a PREPARE. */
const PREPARE_WORDS = 4;

export class FuzzSession implements FragmentSession {
  /** By terminal: bits 0 and 1, a fragment to worker 1 and to worker 2; bit 2, an own part; bit 3, a user abort. */
  readonly plans: number[] = [];
  /** Sequences of the fragments that were executed. */
  readonly executed = new Set<number>();
  private readonly answered = new Map<number, Set<number>>();
  private table!: Table;
  private transaction!: Transaction;
  private partition!: Partition;
  private byNumber!: HashIndex;
  private inOrder!: OrderedIndex;
  private remote!: RemoteFragments;

  open(partition: Partition): void {
    this.partition = partition;
    this.table = partition.createTable(ACCOUNT);
    this.byNumber = this.table.hashIndex('byNumber');
    this.inOrder = this.table.orderedIndex('inOrder');
    this.transaction = partition.newTransaction();
    for (let key = 0; key < ACCOUNTS; key++) {
      assert(this.transaction.insert(this.table, this.newRow(key)), 'accounts differ');
      this.transaction.commit();
    }
  }

  connect(remote: RemoteFragments): void {
    this.remote = remote;
  }

  start(terminal: number): Outcome {
    const plan = this.plans[terminal];
    this.answered.set(terminal, new Set());
    if ((plan & 3) === 0) return this.finish(terminal);
    for (const worker of this.participantsOf(terminal)) this.remote.fragment(worker, 0, 1);
    return PENDING;
  }

  retry(terminal: number): Outcome {
    return this.start(terminal);
  }

  receiveAnswer(terminal: number, fromWorker: number): void {
    const answered = this.answered.get(terminal);
    check(answered !== undefined && !answered.has(fromWorker), 'a participant answers twice to one attempt');
    check(this.participantsOf(terminal).includes(fromWorker), 'somebody answers who was not asked');
    answered.add(fromWorker);
  }

  finish(terminal: number): Outcome {
    const plan = this.plans[terminal];
    const missing = this.participantsOf(terminal).filter((worker) => !this.answered.get(terminal)?.has(worker));
    check(missing.length === 0, 'a transaction is decided before all have answered');
    if ((plan & 4) !== 0 && !this.execute(1, plan >> 4, this.transaction, this.partition.access.mustAsk)) {
      this.transaction.abort();
      return BLOCKED;
    }
    if ((plan & 8) !== 0) {
      this.transaction.abort();
      return USER_ABORT;
    }
    this.transaction.commit();
    return COMMITTED;
  }

  executeFragment(call: FragmentCall): boolean {
    const { int32s, float64s, at, bodyWords, transaction } = call;
    for (let word = 0; word < bodyWords; word++) {
      const place = at + 2 * word;
      if (!this.execute(int32s[place] & 7, int32s[place + 1] & 15, transaction, true)) return false;
    }
    // A fragment that waited has its body in memory of its own, without what came before it.
    if (at >= 2 * PREPARE_WORDS) this.executed.add(float64s[(at >> 1) - PREPARE_WORDS + SEQUENCE]);
    if (bodyWords > 0) {
      const to = call.answer(1);
      call.answerFloat64s[to >> 1] = bodyWords;
    }
    return true;
  }

  abandon(): void {
    this.transaction.abort();
  }

  private participantsOf(terminal: number): number[] {
    return [1, 2].filter((worker) => (this.plans[terminal] & worker) !== 0);
  }

  /** @returns false when something was refused */
  private execute(kind: number, key: number, transaction: Transaction, ask: boolean): boolean {
    const { table, byNumber, inOrder } = this;
    const { access } = this.partition;
    if (kind === 4) return !ask || access.readRange(inOrder, key >> 1, key);
    const row = byNumber.get(key);
    if (row < 0 && kind === 2) {
      const created = this.newRow(key);
      if (ask && !access.insert(table, created)) {
        table.free(created);
        return false;
      }
      assert(transaction.insert(table, created), 'the key is free');
      return true;
    }
    if (row < 0) return !ask || access.readKey(byNumber, key);
    if (kind === 3) {
      if (ask && !access.delete(table, row)) return false;
      transaction.delete(table, row);
      return true;
    }
    if (kind !== 1) return !ask || access.read(table, row);
    if (ask && !access.write(table, row)) return false;
    transaction.setInteger(table, row, table.integerColumn('BALANCE'), key);
    return true;
  }

  private newRow(key: number): number {
    const row = this.table.allocate();
    this.table.putInt32(row, this.table.keyColumn('NUMBER'), key);
    this.table.putInteger(row, this.table.integerColumn('BALANCE'), 100);
    return row;
  }
}
