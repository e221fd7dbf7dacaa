/**
 * What terminals ask for. Knows no database.
 *
 * With N accounts a warehouse, the accounts 1..N are loaded and stay; N+1..2N are opened and closed during the run; there
 * never is one from 2N+1 to 3N.
 */
import { CLOSE_ACCOUNT, LOOKUP, type Mix, OPEN_ACCOUNT, RANGE_SUM, TRANSFER } from './mix.ts';
import { RandomStream } from './random.ts';
import { FIRST_BALANCE_CENTS } from './schema.ts';

/** What decides the input besides the random stream. */
export interface InputRules {
  /** Accounts of a warehouse that are loaded. */
  accounts: number;
  totalWarehouses: number;
  /** Share of transfers to or from another warehouse. */
  remoteTransferPct: number;
  /** Share of transfers and openings that ask for more than there is, and of closings that are called off. */
  userAbortPct: number;
}

const MOST_TRANSFER_CENTS = FIRST_BALANCE_CENTS / 4;
/** More than all money of the largest bank; sums with it are exact. */
export const TOO_MUCH_CENTS = 2 ** 52;
/** Share of transfers with an account that is opened and closed. */
const CHANGING_ACCOUNT_PCT = 5;
const MOST_RANGE = 100;

/** One terminal: its place, its stream, and the input of its current transaction; only the fields of `type` mean anything. */
export class Terminal {
  readonly warehouseId: number;
  /** Index of the current transaction's type. */
  type = TRANSFER;
  /** One of those that stay. */
  accountId = 0;
  otherWarehouseId = 0;
  otherAccountId = 0;
  amountCents = 0;
  /** Whether the amount goes from the home's account to the other one. */
  outgoing = false;
  /** Whether a closing is called off when it is done. */
  calledOff = false;
  /** A range of accounts of the other warehouse, the end excluded. */
  rangeLow = 0;
  rangeEnd = 0;
  private readonly rules: InputRules;
  private readonly random: RandomStream;
  private readonly mix: Mix;

  /** @param terminal number of the terminal within its warehouse, from 0 */
  constructor(seed: number, warehouseId: number, terminal: number, mix: Mix, rules: InputRules) {
    this.warehouseId = warehouseId;
    this.rules = rules;
    this.mix = mix;
    this.random = new RandomStream(seed, warehouseId, terminal);
  }

  /** Chooses the next transaction and generates its whole input. Returns the type. */
  draw(): number {
    const { random, rules } = this;
    const { accounts } = rules;
    this.type = this.mix.next(random);
    this.accountId = random.uniform(1, accounts);
    this.otherWarehouseId = this.otherWarehouse();
    switch (this.type) {
      case TRANSFER:
        this.drawTransfer();
        break;
      case OPEN_ACCOUNT:
        this.otherAccountId = random.uniform(accounts + 1, 2 * accounts);
        this.amountCents = this.amount();
        break;
      case CLOSE_ACCOUNT:
        this.otherAccountId = random.uniform(accounts + 1, 2 * accounts);
        this.calledOff = random.chance(rules.userAbortPct);
        break;
      case RANGE_SUM:
        this.rangeLow = random.uniform(1, 3 * accounts);
        this.rangeEnd = this.rangeLow + random.uniform(1, Math.min(accounts, MOST_RANGE));
        break;
      case LOOKUP:
        this.otherAccountId = random.uniform(1, 3 * accounts);
        break;
    }
    return this.type;
  }

  private drawTransfer(): void {
    const { random, rules } = this;
    const { accounts } = rules;
    if (!random.chance(rules.remoteTransferPct)) this.otherWarehouseId = this.warehouseId;
    const changing = random.chance(CHANGING_ACCOUNT_PCT);
    let account = changing ? random.uniform(accounts + 1, 2 * accounts) : random.uniform(1, accounts);
    if (this.otherWarehouseId === this.warehouseId && account === this.accountId) account = (account % accounts) + 1;
    this.otherAccountId = account;
    this.outgoing = random.chance(50);
    this.amountCents = this.amount();
  }

  private amount(): number {
    const { random, rules } = this;
    return random.chance(rules.userAbortPct) ? TOO_MUCH_CENTS : random.uniform(1, MOST_TRANSFER_CENTS);
  }

  /** Uniform over the other warehouses; home where there is none. */
  private otherWarehouse(): number {
    const { totalWarehouses } = this.rules;
    if (totalWarehouses === 1) return this.warehouseId;
    const drawn = this.random.uniform(1, totalWarehouses - 1);
    return drawn < this.warehouseId ? drawn : drawn + 1;
  }
}
