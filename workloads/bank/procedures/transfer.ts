/** Moves an amount between two accounts. The user aborts where the source has too little, or the other account is gone. */
import {
  BLOCKED,
  COMMITTED,
  type FragmentCall,
  type Outcome,
  PENDING,
  USER_ABORT,
} from '../../../src/bench/contract.ts';
import type { Terminal } from '../inputs.ts';
import { TRANSFER } from '../mix.ts';
import { type Bank, DONE, NO_ACCOUNT, type Procedure, TOO_LITTLE } from './bank.ts';

export class Transfer implements Procedure {
  private readonly bank: Bank;

  constructor(bank: Bank) {
    this.bank = bank;
  }

  start(input: Terminal, terminal: number): Outcome {
    const { bank } = this;
    const { amountCents } = input;
    if (bank.sends(terminal, TRANSFER, input.otherWarehouseId, input.otherAccountId)) {
      bank.sendAmount(input.outgoing ? amountCents : -amountCents);
      return PENDING;
    }
    return this.between(input);
  }

  /** With both accounts at this partition. */
  private between(input: Terminal): Outcome {
    const { accounts, transaction } = this.bank;
    const { access, table } = accounts;
    const { otherWarehouseId, otherAccountId, amountCents } = input;
    const own = accounts.findOwn(input.warehouseId, input.accountId);
    const other = accounts.find(otherWarehouseId, otherAccountId);
    if (access.mustAsk) {
      const free = other < 0 ? accounts.askAbsent(otherWarehouseId, otherAccountId) : access.write(table, other);
      if (!free || !access.write(table, own)) return BLOCKED;
    }
    if (other < 0) return USER_ABORT;
    const source = input.outgoing ? own : other;
    if (accounts.balanceOf(source) < amountCents) return USER_ABORT;
    accounts.add(transaction, source, -amountCents);
    accounts.add(transaction, input.outgoing ? other : own, amountCents);
    transaction.commit();
    return COMMITTED;
  }

  finish(input: Terminal, terminal: number): Outcome {
    const { accounts, transaction, answers } = this.bank;
    const { access, table } = accounts;
    if (answers.status[terminal] !== DONE) return USER_ABORT;
    const own = accounts.findOwn(input.warehouseId, input.accountId);
    if (access.mustAsk && !access.write(table, own)) return BLOCKED;
    if (input.outgoing && accounts.balanceOf(own) < input.amountCents) return USER_ABORT;
    accounts.add(transaction, own, input.outgoing ? -input.amountCents : input.amountCents);
    transaction.commit();
    return COMMITTED;
  }

  /** Adds the amount, which is negative where it is taken off. */
  execute(call: FragmentCall): boolean {
    const { bank } = this;
    const { accounts } = bank;
    const { int32s, at } = call;
    const warehouseId = int32s[at];
    const accountId = int32s[at + 1];
    const cents = call.float64s[(at >> 1) + 1];
    const row = accounts.find(warehouseId, accountId);
    if (row < 0) {
      if (!accounts.askAbsent(warehouseId, accountId)) return false;
      bank.answer(call, NO_ACCOUNT, 0, 0);
      return true;
    }
    if (!call.access.write(accounts.table, row)) return false;
    if (accounts.balanceOf(row) + cents < 0) {
      bank.answer(call, TOO_LITTLE, 0, 0);
      return true;
    }
    accounts.add(call.transaction, row, cents);
    bank.answer(call, DONE, 0, 0);
    return true;
  }
}
