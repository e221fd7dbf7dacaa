/**
 * Opens an account at another warehouse with money from one at home. An account that is there already stays as it is. The
 * user aborts where the account at home has too little.
 */
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
import { OPEN_ACCOUNT } from '../mix.ts';
import { ACCOUNT_EXISTS, type Bank, DONE, type Procedure } from './bank.ts';

export class OpenAccount implements Procedure {
  private readonly bank: Bank;

  constructor(bank: Bank) {
    this.bank = bank;
  }

  start(input: Terminal, terminal: number): Outcome {
    const { bank } = this;
    if (bank.sends(terminal, OPEN_ACCOUNT, input.otherWarehouseId, input.otherAccountId)) {
      bank.sendAmount(input.amountCents);
      return PENDING;
    }
    return this.atHome(input);
  }

  private atHome(input: Terminal): Outcome {
    const { accounts, transaction } = this.bank;
    const { access, table } = accounts;
    const { otherWarehouseId, otherAccountId, amountCents } = input;
    const ask = access.mustAsk;
    const other = accounts.find(otherWarehouseId, otherAccountId);
    if (other >= 0) return ask && !access.read(table, other) ? BLOCKED : COMMITTED;
    if (!accounts.open(transaction, otherWarehouseId, otherAccountId, amountCents, ask)) return BLOCKED;
    return this.pay(input);
  }

  finish(input: Terminal, terminal: number): Outcome {
    return this.bank.answers.status[terminal] === ACCOUNT_EXISTS ? COMMITTED : this.pay(input);
  }

  /** Takes the money that the account, open by now, begins with. */
  private pay(input: Terminal): Outcome {
    const { accounts, transaction, counters, opened } = this.bank;
    const { access, table } = accounts;
    const own = accounts.findOwn(input.warehouseId, input.accountId);
    if (access.mustAsk && !access.write(table, own)) {
      transaction.abort();
      return BLOCKED;
    }
    if (accounts.balanceOf(own) < input.amountCents) {
      transaction.abort();
      return USER_ABORT;
    }
    accounts.add(transaction, own, -input.amountCents);
    transaction.commit();
    counters[COUNTER.accountsOpened]++;
    opened[input.otherWarehouseId]++;
    return COMMITTED;
  }

  execute(call: FragmentCall): boolean {
    const { bank } = this;
    const { accounts } = bank;
    const { int32s, at } = call;
    const warehouseId = int32s[at];
    const accountId = int32s[at + 1];
    const row = accounts.find(warehouseId, accountId);
    if (row >= 0) {
      if (!call.access.read(accounts.table, row)) return false;
      bank.answer(call, ACCOUNT_EXISTS, 0, 0);
      return true;
    }
    const cents = call.float64s[(at >> 1) + 1];
    if (!accounts.open(call.transaction, warehouseId, accountId, cents, true)) return false;
    bank.answer(call, DONE, 0, 0);
    return true;
  }
}
