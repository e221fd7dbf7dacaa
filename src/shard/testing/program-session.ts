/** Executes programs on one partition, as a workload would: own parts, fragments for others, and deferred work. */
import { assert } from '../../assert.ts';
import type { Access } from '../../engine/access.ts';
import type { HashIndex } from '../../engine/hash-index.ts';
import { NO_CONFLICT, SHARED } from '../../engine/lock-table.ts';
import { OrderedCursor } from '../../engine/ordered-cursor.ts';
import type { OrderedIndex } from '../../engine/ordered-index.ts';
import type { Partition } from '../../engine/partition.ts';
import type { IntegerColumn, KeyColumn } from '../../engine/row-layout.ts';
import { int32, integer, type TableDefinition } from '../../engine/schema.ts';
import type { Table } from '../../engine/table.ts';
import type { Transaction } from '../../engine/transaction.ts';
import {
  BLOCKED,
  COMMITTED,
  type FragmentCall,
  type FragmentSession,
  type Outcome,
  PENDING,
  QUEUED,
  type RemoteFragments,
  USER_ABORT,
} from '../contract.ts';
import {
  ADD,
  CREDIT,
  DELETE,
  detailOf,
  INSERT,
  NOTHING,
  type Operation,
  type OperationKind,
  type OperationResult,
  type PlainAccounts,
  type Program,
  READ,
  SUM,
  TAKE,
} from './program.ts';

const ACCOUNT = {
  name: 'ACCOUNT',
  columns: { NUMBER: int32, BALANCE: integer },
  indexes: {
    byNumber: { kind: 'hash', key: [{ column: 'NUMBER', range: 1000 }] },
    inOrder: { kind: 'ordered', key: [{ column: 'NUMBER', range: 1000 }], unique: true },
  },
} satisfies TableDefinition;

/** An operation of a fragment: int32 kind, key, amount, unused; of an answer: float64 value, detail. */
const OPERATION_WORDS = 2;
/** Most operations of one program at one worker. */
const MOST_OPERATIONS = 10;
export const LONGEST_BODY_WORDS = MOST_OPERATIONS * OPERATION_WORDS;

/** Hears of every transaction that decides. */
export interface DecisionListener {
  decided(program: Program, results: readonly OperationResult[], committed: boolean): void;
}

export class ProgramSession implements FragmentSession {
  /** By terminal: what it runs. */
  readonly programs: Program[] = [];
  /** Programs that wait in the deferred queue. */
  readonly queue: Program[] = [];
  /** Called with the writes of a fragment or of an own part done; may throw what an engine without memory throws. */
  afterFragment: () => void = () => {};
  afterOwnPart: () => void = () => {};
  private readonly worker: number;
  private readonly partition: Partition;
  private readonly access: Access;
  private readonly transaction: Transaction;
  private readonly listener: DecisionListener;
  private readonly table: Table;
  private readonly byNumber: HashIndex;
  private readonly inOrder: OrderedIndex;
  private readonly cursor: OrderedCursor;
  private readonly number: KeyColumn;
  private readonly balance: IntegerColumn;
  private remote: RemoteFragments | null = null;
  /** By terminal, then by operation. */
  private readonly results: OperationResult[][] = [];
  /** Of the last operation. */
  private result: OperationResult = { value: 0, detail: 0 };

  constructor(worker: number, partition: Partition, accounts: PlainAccounts, listener: DecisionListener) {
    this.worker = worker;
    this.partition = partition;
    this.access = partition.access;
    this.listener = listener;
    this.table = partition.createTable(ACCOUNT);
    this.byNumber = this.table.hashIndex('byNumber');
    this.inOrder = this.table.orderedIndex('inOrder');
    this.cursor = new OrderedCursor(this.inOrder);
    this.number = this.table.keyColumn('NUMBER');
    this.balance = this.table.integerColumn('BALANCE');
    this.transaction = partition.newTransaction();
    for (const [key, value] of accounts) {
      assert(this.transaction.insert(this.table, this.newRow(key, value)), 'accounts differ');
      this.transaction.commit();
    }
  }

  connect(remote: RemoteFragments): void {
    this.remote = remote;
  }

  /** What the partition holds, by key. */
  stored(): PlainAccounts {
    const accounts: PlainAccounts = new Map();
    for (let row = 0; row < this.table.rowBound; row++) {
      if (!this.table.isLive(row)) continue;
      accounts.set(this.table.getInt32(row, this.number), this.table.getInteger(row, this.balance));
    }
    return accounts;
  }

  /** Whether a transaction that is undecided may have written the account. */
  isLocked(key: number): boolean {
    const { locks } = this.partition;
    const row = this.byNumber.get(key);
    const owner = this.programs.length;
    const rowIsFree = row < 0 || locks.conflict(this.table.id, row, SHARED, owner) === NO_CONFLICT;
    return !rowIsFree || locks.conflict(this.byNumber.lockSpace, key, SHARED, owner) !== NO_CONFLICT;
  }

  /** Why the indexes and the table disagree, or null. */
  indexFault(): string | null {
    const { table, byNumber, inOrder, cursor } = this;
    const accounts = this.stored();
    if (byNumber.size !== accounts.size || inOrder.size !== accounts.size) return 'an index has another size';
    const keys: number[] = [];
    for (cursor.seek(0); cursor.valid; cursor.next()) {
      if (!table.isLive(cursor.row) || byNumber.get(cursor.key) !== cursor.row) return `key ${cursor.key} is astray`;
      keys.push(cursor.key);
    }
    return keys.every((key) => accounts.has(key)) ? null : 'an index has other keys';
  }

  start(terminal: number): Outcome {
    const program = this.programs[terminal];
    if (!program.deferred) return this.begin(terminal);
    this.queue.push(program);
    return QUEUED;
  }

  retry(terminal: number): Outcome {
    return this.begin(terminal);
  }

  private begin(terminal: number): Outcome {
    const program = this.programs[terminal];
    this.results[terminal] = [];
    const workers = new Set(program.operations.map(({ worker }) => worker));
    workers.delete(this.worker);
    if (workers.size === 0) return this.runOwnPart(program, this.results[terminal]);
    for (const worker of workers) this.send(worker, program);
    return PENDING;
  }

  private send(worker: number, { operations }: Program): void {
    const { remote } = this;
    assert(remote !== null, 'the session is connected');
    const own = operations.filter((each) => each.worker === worker);
    assert(own.length <= MOST_OPERATIONS, 'a fragment fits into its frame');
    let at = remote.fragment(worker, 0, own.length * OPERATION_WORDS);
    const { int32s } = remote;
    for (const { kind, key, amount } of own) {
      int32s.set([kind, key, amount, 0], at);
      at += 4;
    }
  }

  receiveAnswer(terminal: number, fromWorker: number, _int32s: Int32Array, float64s: Float64Array, at: number): void {
    let from = at >> 1;
    this.programs[terminal].operations.forEach(({ worker }, i) => {
      if (worker !== fromWorker) return;
      this.results[terminal][i] = { value: float64s[from], detail: float64s[from + 1] };
      from += 2;
    });
  }

  finish(terminal: number): Outcome {
    return this.runOwnPart(this.programs[terminal], this.results[terminal]);
  }

  /** The oldest program of the deferred queue. */
  runDeferred(): Outcome {
    const outcome = this.runOwnPart(this.queue[0], []);
    if (outcome === BLOCKED) return BLOCKED;
    this.queue.shift();
    return COMMITTED;
  }

  abandon(): void {
    this.transaction.abort();
  }

  private runOwnPart(program: Program, results: OperationResult[]): Outcome {
    const { transaction } = this;
    for (let i = 0; i < program.operations.length; i++) {
      const operation = program.operations[i];
      if (operation.worker !== this.worker) continue;
      const amount = operation.kind === CREDIT ? Math.max(0, results[operation.amount].value) : operation.amount;
      if (!this.execute(operation.kind, operation.key, amount, transaction, this.access.mustAsk)) {
        transaction.abort();
        return BLOCKED;
      }
      results[i] = this.result;
    }
    this.afterOwnPart();
    const fails = program.aborts || program.operations.some(({ must }, i) => must && results[i].value === NOTHING);
    if (fails) transaction.abort();
    else transaction.commit();
    this.listener.decided(program, results, !fails);
    return fails ? USER_ABORT : COMMITTED;
  }

  executeFragment(call: FragmentCall): boolean {
    const { int32s, transaction } = call;
    const results: OperationResult[] = [];
    for (let at = call.at; at < call.at + 2 * call.bodyWords; at += 4) {
      const kind = int32s[at] as OperationKind;
      if (!this.execute(kind, int32s[at + 1], int32s[at + 2], transaction, true)) return false;
      results.push(this.result);
    }
    this.afterFragment();
    let to = call.answer(results.length * OPERATION_WORDS) >> 1;
    for (const { value, detail } of results) {
      call.answerFloat64s[to++] = value;
      call.answerFloat64s[to++] = detail;
    }
    return true;
  }

  /** @returns false when something was refused; `result` is filled otherwise */
  private execute(
    kind: Operation['kind'],
    key: number,
    amount: number,
    transaction: Transaction,
    ask: boolean,
  ): boolean {
    if (kind === SUM) return this.sum(key, amount, ask);
    const { table, balance, access } = this;
    const row = this.byNumber.get(key);
    this.result = { value: NOTHING, detail: 0 };
    if (kind === INSERT && row < 0) return this.insert(key, amount, transaction, ask);
    if (row < 0) return !ask || access.readKey(this.byNumber, key);
    if (kind === READ || kind === INSERT) {
      if (ask && !access.read(table, row)) return false;
      if (kind === READ) this.result.value = table.getInteger(row, balance);
      return true;
    }
    const before = table.getInteger(row, balance);
    if (kind === DELETE) {
      if (ask && !access.delete(table, row)) return false;
      this.result.value = before;
      transaction.delete(table, row);
      return true;
    }
    if (ask && !access.write(table, row)) return false;
    if (kind === TAKE && before < amount) return true;
    assert(kind === ADD || kind === CREDIT || kind === TAKE, 'the operation changes a balance');
    this.result.value = kind === TAKE ? before - amount : before + amount;
    transaction.setInteger(table, row, balance, this.result.value);
    return true;
  }

  private insert(key: number, amount: number, transaction: Transaction, ask: boolean): boolean {
    const row = this.newRow(key, amount);
    if (ask && !this.access.insert(this.table, row)) {
      this.table.free(row);
      return false;
    }
    assert(transaction.insert(this.table, row), 'the key is free');
    this.result.value = amount;
    return true;
  }

  private sum(low: number, end: number, ask: boolean): boolean {
    const { access, table, cursor } = this;
    if (ask && !access.readRange(this.inOrder, low, end)) return false;
    let value = 0;
    let detail = 0;
    for (cursor.seek(low); cursor.valid && cursor.key < end; cursor.next()) {
      if (ask && !access.read(table, cursor.row)) return false;
      const found = table.getInteger(cursor.row, this.balance);
      value += found;
      detail += detailOf(cursor.key, found);
    }
    this.result = { value, detail };
    return true;
  }

  private newRow(key: number, value: number): number {
    const row = this.table.allocate();
    this.table.putInt32(row, this.number, key);
    this.table.putInteger(row, this.balance, value);
    return row;
  }
}
