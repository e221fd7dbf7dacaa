/** Closes an account at another warehouse; what is on it goes to one at home. Where there is none, nothing happens. */
import {
  BLOCKED,
  COMMITTED,
  type FragmentCall,
  type Outcome,
  PENDING,
  USER_ABORT,
} from '../../../src/bench/contract.ts';
import { COUNTER } from '../counters.ts';
import type { Terminal } from '../inputs.ts';
import { CLOSE_ACCOUNT } from '../mix.ts';
import { type Bank, DONE, NO_ACCOUNT, type Procedure } from './bank.ts';

export class CloseAccount implements Procedure {
  private readonly bank: Bank;

  constructor(bank: Bank) {
    this.bank = bank;
  }

  start(input: Terminal, terminal: number): Outcome {
    if (this.bank.sends(terminal, CLOSE_ACCOUNT, input.otherWarehouseId, input.otherAccountId)) return PENDING;
    return this.atHome(input);
  }

  private atHome(input: Terminal): Outcome {
    const { accounts, transaction } = this.bank;
    const { access, table } = accounts;
    const { otherWarehouseId, otherAccountId } = input;
    const ask = access.mustAsk;
    const row = accounts.find(otherWarehouseId, otherAccountId);
    if (row < 0) return ask && !accounts.askAbsent(otherWarehouseId, otherAccountId) ? BLOCKED : COMMITTED;
    if (ask && !access.delete(table, row)) return BLOCKED;
    const cents = accounts.balanceOf(row);
    transaction.delete(table, row);
    return this.receive(input, cents);
  }

  finish(input: Terminal, terminal: number): Outcome {
    const { answers } = this.bank;
    return answers.status[terminal] === NO_ACCOUNT ? COMMITTED : this.receive(input, answers.cents[terminal]);
  }

  /** Takes in what was on the account, which is closed by now. */
  private receive(input: Terminal, cents: number): Outcome {
    const { accounts, transaction, counters, closed } = this.bank;
    const { access, table } = accounts;
    const own = accounts.findOwn(input.warehouseId, input.accountId);
    if (access.mustAsk && !access.write(table, own)) {
      transaction.abort();
      return BLOCKED;
    }
    accounts.add(transaction, own, cents);
    if (input.calledOff) {
      transaction.abort();
      return USER_ABORT;
    }
    transaction.commit();
    counters[COUNTER.accountsClosed]++;
    closed[input.otherWarehouseId]++;
    return COMMITTED;
  }

  execute(call: FragmentCall): boolean {
    const { bank } = this;
    const { accounts } = bank;
    const { int32s, at } = call;
    const warehouseId = int32s[at];
    const accountId = int32s[at + 1];
    const row = accounts.find(warehouseId, accountId);
    if (row < 0) {
      if (!accounts.askAbsent(warehouseId, accountId)) return false;
      bank.answer(call, NO_ACCOUNT, 0, 0);
      return true;
    }
    if (!call.access.delete(accounts.table, row)) return false;
    const cents = accounts.balanceOf(row);
    call.transaction.delete(accounts.table, row);
    bank.answer(call, DONE, 1, cents);
    return true;
  }
}
