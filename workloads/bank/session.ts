/** The bank in one worker, on one partition of the embedded engine: terminals, their inputs, the procedures and counters. */
import type {
  ExportTable,
  FragmentCall,
  LoadProgress,
  Outcome,
  PartialCheck,
  PartitionPlacement,
  RemoteFragments,
  WorkloadSession,
} from '../../src/bench/contract.ts';
import type { Partition } from '../../src/engine/partition.ts';
import { PartitionRowSink } from '../../src/engine/row-sink.ts';
import type { Transaction } from '../../src/engine/transaction.ts';
import { checkPartition } from './checks/partition-checks.ts';
import { COUNTER, COUNTER_NAMES } from './counters.ts';
import { exportAccounts } from './export.ts';
import { type InputRules, Terminal, TOO_MUCH_CENTS } from './inputs.ts';
import { CLOSE_ACCOUNT, type Mix, OPEN_ACCOUNT, TRANSFER } from './mix.ts';
import { Accounts } from './procedures/accounts.ts';
import { Bank, type Procedure } from './procedures/bank.ts';
import { CloseAccount } from './procedures/close-account.ts';
import { Lookup } from './procedures/lookup.ts';
import { OpenAccount } from './procedures/open-account.ts';
import { RangeSum } from './procedures/range-sum.ts';
import { SumAll } from './procedures/sum-all.ts';
import { Transfer } from './procedures/transfer.ts';
import { ACCOUNT, ACCOUNT_COLUMN, FIRST_BALANCE_CENTS } from './schema.ts';

/** Rows between two reports of the load. */
const PROGRESS_ROWS = 10_000;

export class BankSession implements WorkloadSession {
  readonly counters = new Float64Array(COUNTER_NAMES.length);
  /** Nothing is ever queued. */
  readonly deferredCount = 0;
  readonly terminals: Terminal[] = [];
  readonly bank: Bank;
  private readonly partition: Partition;
  private readonly placement: PartitionPlacement;
  private readonly rules: InputRules;
  private readonly transaction: Transaction;
  private readonly sumAll: SumAll;
  /** By warehouse: accounts that were there before the first transaction. */
  private readonly firstAccounts: Float64Array;
  /** By type. */
  private readonly procedures: readonly Procedure[];

  /** @param newMix makes the mix of one terminal */
  constructor(partition: Partition, placement: PartitionPlacement, rules: InputRules, newMix: () => Mix) {
    const { firstWarehouse, lastWarehouse, totalWarehouses, terminalsPerWarehouse, seed } = placement;
    const { accounts: loadedAccounts } = rules;
    this.partition = partition;
    this.placement = placement;
    this.rules = rules;
    const warehouses = lastWarehouse - firstWarehouse + 1;
    partition.createTable({ ...ACCOUNT, expectedRows: 2 * warehouses * loadedAccounts });
    const accounts = new Accounts(partition);
    this.transaction = partition.newTransaction();
    this.firstAccounts = new Float64Array(totalWarehouses + 1).fill(loadedAccounts);
    const terminals = warehouses * terminalsPerWarehouse;
    const bank = new Bank(accounts, this.transaction, terminals, this.counters, totalWarehouses);
    this.bank = bank;
    const totalCents = totalWarehouses * loadedAccounts * FIRST_BALANCE_CENTS;
    this.sumAll = new SumAll(bank, firstWarehouse, lastWarehouse, 3 * loadedAccounts + 1, totalCents);
    this.procedures = [
      new Transfer(bank),
      new OpenAccount(bank),
      new CloseAccount(bank),
      new RangeSum(bank, loadedAccounts),
      new Lookup(bank, loadedAccounts),
      this.sumAll,
    ];
    for (let warehouse = firstWarehouse; warehouse <= lastWarehouse; warehouse++) {
      for (let terminal = 0; terminal < terminalsPerWarehouse; terminal++) {
        this.terminals.push(new Terminal(seed, warehouse, terminal, newMix(), rules));
      }
    }
  }

  loadShared(): { shared: unknown; rows: number } {
    return { shared: null, rows: 0 };
  }

  load(progress: LoadProgress): void {
    const { firstWarehouse, lastWarehouse } = this.placement;
    const { accounts } = this.rules;
    const total = (lastWarehouse - firstWarehouse + 1) * accounts;
    const sink = new PartitionRowSink(this.partition);
    const { id: tableId } = this.bank.accounts.table;
    for (let warehouse = firstWarehouse; warehouse <= lastWarehouse; warehouse++) {
      for (let account = 1; account <= accounts; account++) {
        sink.begin(tableId);
        sink.number(ACCOUNT_COLUMN.A_ID, account);
        sink.number(ACCOUNT_COLUMN.A_W_ID, warehouse);
        sink.number(ACCOUNT_COLUMN.A_BALANCE, FIRST_BALANCE_CENTS);
        sink.end();
        if (sink.rows % PROGRESS_ROWS === 0) progress(sink.rows, total);
      }
    }
    progress(sink.rows, total);
  }

  /** Nothing is the same everywhere. */
  adoptShared(): void {}

  /** What runs before this one opened and closed is there, and in no counter of this one. */
  recovered(): void {
    const { table, warehouseId } = this.bank.accounts;
    this.firstAccounts.fill(0);
    for (let row = 0; row < table.rowBound; row++) {
      if (table.isLive(row)) this.firstAccounts[table.getInt32(row, warehouseId)]++;
    }
  }

  connect(remote: RemoteFragments): void {
    this.bank.remote = remote;
    this.sumAll.connect(this.placement.totalWarehouses);
  }

  draw(terminal: number): number {
    return this.terminals[terminal].draw();
  }

  start(terminal: number): Outcome {
    this.count(this.terminals[terminal]);
    return this.retry(terminal);
  }

  retry(terminal: number): Outcome {
    const input = this.terminals[terminal];
    return this.procedures[input.type].start(input, terminal);
  }

  private count(input: Terminal): void {
    const { counters } = this;
    switch (input.type) {
      case TRANSFER:
        counters[COUNTER.transfers]++;
        if (input.otherWarehouseId !== input.warehouseId) counters[COUNTER.remoteTransfers]++;
        this.countAbort(input.amountCents === TOO_MUCH_CENTS);
        break;
      case OPEN_ACCOUNT:
        this.countAbort(input.amountCents === TOO_MUCH_CENTS);
        break;
      case CLOSE_ACCOUNT:
        this.countAbort(input.calledOff);
        break;
    }
  }

  private countAbort(asked: boolean): void {
    this.counters[COUNTER.abortableTransactions]++;
    if (asked) this.counters[COUNTER.askedUserAborts]++;
  }

  receiveAnswer(
    terminal: number,
    _fromWorker: number,
    int32s: Int32Array,
    float64s: Float64Array,
    at: number,
    _bodyWords: number,
  ): void {
    this.bank.answers.receive(terminal, int32s, float64s, at);
  }

  finish(terminal: number): Outcome {
    const input = this.terminals[terminal];
    return this.procedures[input.type].finish(input, terminal);
  }

  executeFragment(call: FragmentCall): boolean {
    return this.procedures[call.kind].execute(call);
  }

  runDeferred(): Outcome {
    throw new Error('the bank defers nothing');
  }

  dropDeferred(): void {}

  /** Undoes what an operating fault (the memory limit) interrupted. */
  abandon(): void {
    this.transaction.abort();
  }

  check(): PartialCheck {
    const { firstWarehouse, lastWarehouse } = this.placement;
    const warehouses = Array.from({ length: lastWarehouse - firstWarehouse + 1 }, (_, i) => firstWarehouse + i);
    return checkPartition(this.partition, this.bank, warehouses, this.rules.accounts, this.firstAccounts);
  }

  exportTables(): ExportTable[] {
    return [exportAccounts(this.bank.accounts.table)];
  }
}
