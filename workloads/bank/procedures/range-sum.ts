/** Sums a range of the accounts of another warehouse, which may be empty, and looks at an account at home. */
import { BLOCKED, COMMITTED, type FragmentCall, type Outcome, PENDING } from '../../../src/bench/contract.ts';
import { COUNTER } from '../counters.ts';
import type { Terminal } from '../inputs.ts';
import { RANGE_SUM } from '../mix.ts';
import { type Bank, DONE, type Procedure } from './bank.ts';

export class RangeSum implements Procedure {
  private readonly bank: Bank;
  private readonly loadedAccounts: number;

  /** @param loadedAccounts of each warehouse: 1 to this are always there, and none from twice this on */
  constructor(bank: Bank, loadedAccounts: number) {
    this.bank = bank;
    this.loadedAccounts = loadedAccounts;
  }

  start(input: Terminal, terminal: number): Outcome {
    const { bank } = this;
    const { accounts } = bank;
    const { otherWarehouseId, rangeLow, rangeEnd } = input;
    if (bank.sends(terminal, RANGE_SUM, otherWarehouseId, rangeLow)) {
      bank.sendEnd(rangeEnd);
      return PENDING;
    }
    if (!accounts.sumRange(otherWarehouseId, rangeLow, rangeEnd, accounts.access.mustAsk)) return BLOCKED;
    return this.conclude(input, accounts.sumRows, accounts.sumCents);
  }

  finish(input: Terminal, terminal: number): Outcome {
    const { answers } = this.bank;
    return this.conclude(input, answers.rows[terminal], answers.cents[terminal]);
  }

  private conclude(input: Terminal, rows: number, cents: number): Outcome {
    const { accounts, counters } = this.bank;
    const { access, table } = accounts;
    const own = accounts.findOwn(input.warehouseId, input.accountId);
    if (access.mustAsk && !access.read(table, own)) return BLOCKED;
    counters[COUNTER.rangeSums]++;
    if (rows === 0) counters[COUNTER.emptyRanges]++;
    if (!this.isPossible(input, rows, cents)) counters[COUNTER.wrongReads]++;
    return COMMITTED;
  }

  private isPossible({ rangeLow, rangeEnd }: Terminal, rows: number, cents: number): boolean {
    const { loadedAccounts } = this;
    const least = Math.max(0, Math.min(rangeEnd, loadedAccounts + 1) - rangeLow);
    const most = Math.max(0, Math.min(rangeEnd, 2 * loadedAccounts + 1) - rangeLow);
    return rows >= least && rows <= most && cents >= 0 && (rows > 0 || cents === 0);
  }

  execute(call: FragmentCall): boolean {
    const { bank } = this;
    const { accounts } = bank;
    const { int32s, at } = call;
    if (!accounts.sumRange(int32s[at], int32s[at + 1], int32s[at + 2], true)) return false;
    bank.answer(call, DONE, accounts.sumRows, accounts.sumCents);
    return true;
  }
}
