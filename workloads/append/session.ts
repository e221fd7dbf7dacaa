/**
 * Lists in one worker, on one partition of the embedded engine: terminals, their inputs, reads and appends, and the history
 * of what was seen.
 *
 *   fragment  an operation: int32 kind, warehouse, list, unused, then the element as a float64
 *   answer    an operation: float64 count, the list that is in use now, and the elements of a read
 */
import {
  BLOCKED,
  COMMITTED,
  type ExportTable,
  type FragmentCall,
  type HistoryNotes,
  type LoadProgress,
  type Outcome,
  type PartialCheck,
  type PartitionPlacement,
  PENDING,
  type RemoteFragments,
  USER_ABORT,
  type WorkloadSession,
} from '../../src/bench/contract.ts';
import type { Partition } from '../../src/engine/partition.ts';
import type { Transaction } from '../../src/engine/transaction.ts';
import { checkPartition } from './checks/partition-checks.ts';
import { COUNTER, COUNTER_NAMES } from './counters.ts';
import { exportElements } from './export.ts';
import { Generations } from './generations.ts';
import { APPEND, APPEND_TO_LIST, type InputRules, MOST_OPERATIONS, READ_LIST, Terminal } from './inputs.ts';
import { Lists } from './lists.ts';
import type { RandomStream } from './random.ts';
import { Results } from './results.ts';
import { ELEMENT, listKey, MOST_ELEMENTS } from './schema.ts';

const OPERATION_WORDS = 3;
const OPERATION_INT32S = 2 * OPERATION_WORDS;
const ONLY_KIND = 0;
const ANSWER_HEAD_WORDS = 2;
const NOT_SENT = -1;
/** The longest answer: every operation reads a full list. */
export const LONGEST_BODY_WORDS = MOST_OPERATIONS * (ANSWER_HEAD_WORDS + MOST_ELEMENTS);

export class AppendSession implements WorkloadSession {
  readonly counters = new Float64Array(COUNTER_NAMES.length);
  /** Nothing is ever queued. */
  readonly deferredCount = 0;
  readonly terminals: Terminal[] = [];
  readonly lists: Lists;
  readonly generations: Generations;
  /** Elements that committed transactions of this worker appended, in all. */
  appended = 0;
  private readonly partition: Partition;
  private readonly elementsMost: number;
  private readonly transaction: Transaction;
  private readonly results: Results;
  private remote: RemoteFragments | null = null;
  private history: HistoryNotes | null = null;
  /** Of the transaction that is being sent: the workers that have their fragment. */
  private readonly workers = new Int32Array(MOST_OPERATIONS);

  /** @param elementsMost a list with so many is full */
  constructor(
    partition: Partition,
    placement: PartitionPlacement,
    rules: InputRules,
    elementsMost: number,
    newMix: () => (random: RandomStream) => number,
  ) {
    const { firstWarehouse, lastWarehouse, terminalsPerWarehouse, seed } = placement;
    this.partition = partition;
    this.elementsMost = elementsMost;
    partition.createTable(ELEMENT);
    this.lists = new Lists(partition);
    this.generations = new Generations(rules.totalWarehouses, rules.lists);
    this.transaction = partition.newTransaction();
    for (let warehouse = firstWarehouse; warehouse <= lastWarehouse; warehouse++) {
      for (let terminal = 0; terminal < terminalsPerWarehouse; terminal++) {
        this.terminals.push(new Terminal(seed, warehouse, terminal, newMix(), rules));
      }
    }
    this.results = new Results(this.terminals.length);
  }

  loadShared(): { shared: unknown; rows: number } {
    return { shared: null, rows: 0 };
  }

  /** Lists begin empty. */
  load(progress: LoadProgress): void {
    progress(0, 0);
  }

  /** Nothing is the same everywhere. */
  adoptShared(): void {}

  /** Appends before this are in no count of this one. */
  recovered(): void {
    this.appended = this.lists.table.rowCount;
  }

  /** From now on elements are as large at least: behind a recovery, since none may come twice. */
  appendFrom(element: number): void {
    for (const terminal of this.terminals) terminal.appendFrom(element);
  }

  connect(remote: RemoteFragments): void {
    this.remote = remote;
  }

  recordHistory(history: HistoryNotes): void {
    this.history = history;
  }

  draw(terminal: number): number {
    return this.terminals[terminal].draw();
  }

  start(terminal: number): Outcome {
    const input = this.terminals[terminal];
    const { counters } = this;
    if (input.type === APPEND) counters[COUNTER.appendTransactions]++;
    if (input.aborts) counters[COUNTER.askedUserAborts]++;
    counters[COUNTER.operations] += input.operations;
    for (let i = 0; i < input.operations; i++) {
      if (input.warehouseIds[i] !== input.warehouseId) counters[COUNTER.remoteOperations]++;
      if (input.places[i] === 0) counters[COUNTER.hotOperations]++;
    }
    return this.retry(terminal);
  }

  retry(terminal: number): Outcome {
    const input = this.terminals[terminal];
    input.choose(this.generations);
    this.noteIntentions(terminal, input);
    return this.send(input) ? PENDING : this.runOwnPart(terminal, input);
  }

  /** What is undone before its own part has run shows in the history with all that nobody may ever read. */
  private noteIntentions(terminal: number, input: Terminal): void {
    const { history } = this;
    if (history === null) return;
    history.restart(terminal);
    for (let i = 0; i < input.operations; i++) {
      if (input.kinds[i] !== APPEND_TO_LIST) continue;
      history.append(terminal, listKey(input.warehouseIds[i], input.listIds[i]), input.elements[i]);
    }
  }

  /** @returns whether anything went to other workers */
  private send(input: Terminal): boolean {
    const { remote, workers } = this;
    if (remote === null) return false;
    let sent = false;
    for (let i = 0; i < input.operations; i++) {
      workers[i] = remote.workerOf(input.warehouseIds[i]);
      if (workers[i] === remote.worker) continue;
      sent = true;
      if (workers.indexOf(workers[i]) === i) this.sendTo(remote, input, i);
    }
    return sent;
  }

  /** One fragment with all operations of the worker that operation `first` is for. */
  private sendTo(remote: RemoteFragments, input: Terminal, first: number): void {
    const worker = remote.workerOf(input.warehouseIds[first]);
    let operations = 0;
    for (let i = first; i < input.operations; i++) {
      if (remote.workerOf(input.warehouseIds[i]) === worker) operations++;
    }
    let at = remote.fragment(worker, ONLY_KIND, operations * OPERATION_WORDS);
    const { int32s, float64s } = remote;
    for (let i = first; i < input.operations; i++) {
      if (remote.workerOf(input.warehouseIds[i]) !== worker) continue;
      int32s[at] = input.kinds[i];
      int32s[at + 1] = input.warehouseIds[i];
      int32s[at + 2] = input.listIds[i];
      int32s[at + 3] = 0;
      float64s[(at >> 1) + 2] = input.elements[i];
      at += OPERATION_INT32S;
    }
  }

  executeFragment(call: FragmentCall): boolean {
    const { int32s, float64s, at, bodyWords, transaction } = call;
    const operations = bodyWords / OPERATION_WORDS;
    let used = 0;
    for (let i = 0, from = at; i < operations; i++, from += OPERATION_INT32S) {
      const element = float64s[(from >> 1) + 2];
      if (!this.execute(int32s[from], int32s[from + 1], int32s[from + 2], element, transaction, true)) return false;
      used = this.keepAnswer(used, int32s[from], this.generations.successorOf(int32s[from + 1], int32s[from + 2]));
    }
    const to = call.answer(used) >> 1;
    const { answerFloat64s } = call;
    for (let i = 0; i < used; i++) answerFloat64s[to + i] = this.answer[i];
    return true;
  }

  private readonly answer = new Float64Array(LONGEST_BODY_WORDS);
  /** Of the last operation: elements that were read, or whether an append happened. */
  private count = 0;

  /** @returns how many words of the answer are used then */
  private keepAnswer(used: number, kind: number, listInUse: number): number {
    const { answer, lists, count } = this;
    answer[used] = count;
    answer[used + 1] = listInUse;
    const elements = used + ANSWER_HEAD_WORDS;
    if (kind !== READ_LIST) return elements;
    for (let i = 0; i < count; i++) answer[elements + i] = lists.found[i];
    return elements + count;
  }

  receiveAnswer(
    terminal: number,
    fromWorker: number,
    _int32s: Int32Array,
    float64s: Float64Array,
    at: number,
    _bodyWords: number,
  ): void {
    const { remote, results, generations } = this;
    const input = this.terminals[terminal];
    let from = at >> 1;
    for (let i = 0; i < input.operations; i++) {
      if (remote?.workerOf(input.warehouseIds[i]) !== fromWorker) continue;
      const count = float64s[from];
      generations.observe(input.warehouseIds[i], float64s[from + 1]);
      from += ANSWER_HEAD_WORDS;
      const elements = input.kinds[i] === READ_LIST ? count : 0;
      results.set(terminal, i, count, float64s, from, elements);
      from += elements;
    }
  }

  finish(terminal: number): Outcome {
    return this.runOwnPart(terminal, this.terminals[terminal]);
  }

  private runOwnPart(terminal: number, input: Terminal): Outcome {
    const { remote, transaction, results, lists } = this;
    const ask = this.partition.access.mustAsk;
    for (let i = 0; i < input.operations; i++) {
      const worker = remote === null ? NOT_SENT : remote.workerOf(input.warehouseIds[i]);
      if (remote !== null && worker !== remote.worker) continue;
      const { kinds, warehouseIds, listIds, elements } = input;
      if (!this.execute(kinds[i], warehouseIds[i], listIds[i], elements[i], transaction, ask)) {
        transaction.abort();
        return BLOCKED;
      }
      results.set(terminal, i, this.count, lists.found, 0, kinds[i] === READ_LIST ? this.count : 0);
    }
    if (this.history !== null) this.noteResults(this.history, terminal, input);
    if (input.aborts) {
      transaction.abort();
      return USER_ABORT;
    }
    transaction.commit();
    this.countResults(terminal, input);
    return COMMITTED;
  }

  /** @returns false when something was refused; else `count`, and after a read the elements in `lists`, are what came of it */
  private execute(
    kind: number,
    warehouseId: number,
    listId: number,
    element: number,
    transaction: Transaction,
    ask: boolean,
  ): boolean {
    const { lists, elementsMost, generations } = this;
    if (kind === READ_LIST) {
      if (!lists.read(warehouseId, listId, ask)) return false;
      this.count = lists.count;
      // A read and no append, so that the last elements are seen by somebody.
      if (lists.count >= elementsMost) generations.retire(warehouseId, listId);
      return true;
    }
    if (!lists.append(transaction, warehouseId, listId, element, elementsMost, ask)) return false;
    this.count = lists.count < elementsMost ? 1 : 0;
    return true;
  }

  private noteResults(history: HistoryNotes, terminal: number, input: Terminal): void {
    const { results } = this;
    history.restart(terminal);
    for (let i = 0; i < input.operations; i++) {
      const key = listKey(input.warehouseIds[i], input.listIds[i]);
      const count = results.count(terminal, i);
      if (input.kinds[i] === READ_LIST) {
        history.read(terminal, key);
        for (let n = 0; n < count; n++) history.element(terminal, results.element(terminal, i, n));
      } else if (count === 1) history.append(terminal, key, input.elements[i]);
    }
  }

  private countResults(terminal: number, input: Terminal): void {
    const { counters, results } = this;
    for (let i = 0; i < input.operations; i++) {
      const count = results.count(terminal, i);
      if (input.kinds[i] === READ_LIST) {
        counters[COUNTER.listsRead]++;
        counters[COUNTER.elementsRead] += count;
      } else if (count === 1) {
        counters[COUNTER.elementsAppended]++;
        this.appended++;
      } else counters[COUNTER.appendsToFullLists]++;
    }
  }

  runDeferred(): Outcome {
    throw new Error('lists defer nothing');
  }

  dropDeferred(): void {}

  /** Undoes what an operating fault (the memory limit) interrupted. */
  abandon(): void {
    this.transaction.abort();
  }

  check(): PartialCheck {
    return checkPartition(this.partition, this.lists, this.appended);
  }

  exportTables(): ExportTable[] {
    return [exportElements(this.lists.table)];
  }
}
