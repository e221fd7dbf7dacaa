/**
 * Sums all accounts of all partitions in one transaction. No transaction makes or loses money, so that a sum other than
 * what was loaded has seen a part of one.
 */
import { BLOCKED, COMMITTED, type FragmentCall, type Outcome, PENDING } from '../../../src/bench/contract.ts';
import { COUNTER } from '../counters.ts';
import type { Terminal } from '../inputs.ts';
import { SUM_ALL } from '../mix.ts';
import { type Bank, DONE, type Procedure } from './bank.ts';

export class SumAll implements Procedure {
  private readonly bank: Bank;
  private readonly firstWarehouse: number;
  private readonly lastWarehouse: number;
  private readonly accountEnd: number;
  private readonly totalCents: number;
  /** Every other worker, by one of its warehouses. */
  private readonly elsewhere: number[] = [];
  private cents = 0;
  private rows = 0;

  /**
   * @param accountEnd above all account numbers
   * @param totalCents what all sums must come to
   */
  constructor(bank: Bank, firstWarehouse: number, lastWarehouse: number, accountEnd: number, totalCents: number) {
    this.bank = bank;
    this.firstWarehouse = firstWarehouse;
    this.lastWarehouse = lastWarehouse;
    this.accountEnd = accountEnd;
    this.totalCents = totalCents;
  }

  /** Learns which other workers there are. */
  connect(totalWarehouses: number): void {
    const { remote } = this.bank;
    const seen = new Set([remote?.worker]);
    for (let warehouse = 1; warehouse <= totalWarehouses; warehouse++) {
      const worker = remote?.workerOf(warehouse);
      if (seen.has(worker)) continue;
      seen.add(worker);
      this.elsewhere.push(warehouse);
    }
  }

  start(_input: Terminal, terminal: number): Outcome {
    const { bank, elsewhere } = this;
    bank.answers.clear(terminal);
    for (let i = 0; i < elsewhere.length; i++) bank.sends(terminal, SUM_ALL, elsewhere[i], 0);
    return elsewhere.length > 0 ? PENDING : this.finish(_input, terminal);
  }

  finish(_input: Terminal, terminal: number): Outcome {
    const { accounts, answers, counters } = this.bank;
    if (!this.sumHere(accounts.access.mustAsk)) return BLOCKED;
    counters[COUNTER.sums]++;
    if (this.cents + answers.cents[terminal] !== this.totalCents) counters[COUNTER.wrongSums]++;
    return COMMITTED;
  }

  execute(call: FragmentCall): boolean {
    if (!this.sumHere(true)) return false;
    this.bank.answer(call, DONE, this.rows, this.cents);
    return true;
  }

  private sumHere(ask: boolean): boolean {
    const { accounts } = this.bank;
    let cents = 0;
    let rows = 0;
    for (let warehouse = this.firstWarehouse; warehouse <= this.lastWarehouse; warehouse++) {
      if (!accounts.sumRange(warehouse, 0, this.accountEnd, ask)) return false;
      cents += accounts.sumCents;
      rows += accounts.sumRows;
    }
    this.cents = cents;
    this.rows = rows;
    return true;
  }
}
