/** Asks for an account of another warehouse that may not be there. */
import { BLOCKED, COMMITTED, type FragmentCall, type Outcome, PENDING } from '../../../src/bench/contract.ts';
import { COUNTER } from '../counters.ts';
import type { Terminal } from '../inputs.ts';
import { LOOKUP } from '../mix.ts';
import { type Bank, DONE, NO_ACCOUNT, type Procedure } from './bank.ts';

export class Lookup implements Procedure {
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
    const { access, table } = accounts;
    const { otherWarehouseId, otherAccountId } = input;
    if (bank.sends(terminal, LOOKUP, otherWarehouseId, otherAccountId)) return PENDING;
    const row = accounts.find(otherWarehouseId, otherAccountId);
    if (access.mustAsk) {
      const free = row < 0 ? accounts.askAbsent(otherWarehouseId, otherAccountId) : access.read(table, row);
      if (!free) return BLOCKED;
    }
    return this.conclude(input, row >= 0);
  }

  finish(input: Terminal, terminal: number): Outcome {
    return this.conclude(input, this.bank.answers.status[terminal] === DONE);
  }

  private conclude({ otherAccountId }: Terminal, found: boolean): Outcome {
    const { counters } = this.bank;
    counters[COUNTER.lookups]++;
    if (!found) counters[COUNTER.lookupsOfNothing]++;
    const isPossible = found ? otherAccountId <= 2 * this.loadedAccounts : otherAccountId > this.loadedAccounts;
    if (!isPossible) counters[COUNTER.wrongReads]++;
    return COMMITTED;
  }

  execute(call: FragmentCall): boolean {
    const { bank } = this;
    const { accounts } = bank;
    const { int32s, at } = call;
    const row = accounts.find(int32s[at], int32s[at + 1]);
    const free = row < 0 ? accounts.askAbsent(int32s[at], int32s[at + 1]) : call.access.read(accounts.table, row);
    if (!free) return false;
    if (row < 0) bank.answer(call, NO_ACCOUNT, 0, 0);
    else bank.answer(call, DONE, 1, accounts.balanceOf(row));
    return true;
  }
}
