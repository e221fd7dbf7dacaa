/**
 * Transactions of the tests as data: operations on numbered accounts of any workers, and what they come to on plain maps.
 * Every kind of fragment is among them: updates, inserts, deletes, ranges and keys that are absent.
 */

/** The balance of an account. */
export const READ = 0;
/** Adds to the balance of an account that exists. */
export const ADD = 1;
/** Takes off the balance of an account that exists and has enough. */
export const TAKE = 2;
export const INSERT = 3;
/** Deletes an account; its balance is the result. */
export const DELETE = 4;
/** Sums the accounts key..amount-1. */
export const SUM = 5;
/** Adds the result of an earlier operation; at home only, since no other partition knows it. */
export const CREDIT = 6;
export type OperationKind =
  | typeof READ
  | typeof ADD
  | typeof TAKE
  | typeof INSERT
  | typeof DELETE
  | typeof SUM
  | typeof CREDIT;

export interface Operation {
  worker: number;
  kind: OperationKind;
  key: number;
  /** What to add, take or insert; the end of a SUM; the place of the operation whose result a CREDIT adds. */
  amount: number;
  /** Without success the transaction aborts. */
  must: boolean;
}

export interface Program {
  name: string;
  operations: readonly Operation[];
  /** Aborts at the end, whatever came before. */
  aborts: boolean;
  /** Goes through the deferred queue; at home only. */
  deferred: boolean;
}

export const operation = (worker: number, kind: OperationKind, key: number, amount = 0, must = false): Operation => ({
  worker,
  kind,
  key,
  amount,
  must,
});

export const program = (name: string, operations: readonly Operation[], flags: Partial<Program> = {}): Program => ({
  name,
  operations,
  aborts: false,
  deferred: false,
  ...flags,
});

/** Of an operation that found no account, an account that is there already, or too little. */
export const NOTHING = -1;

export interface OperationResult {
  /** A balance afterwards, before a DELETE, or a sum; NOTHING without success. */
  value: number;
  /** Of a SUM: tells the accounts and balances that it saw from others with the same sum. */
  detail: number;
}

/** What one account adds to the `detail` of a SUM. */
export const detailOf = (key: number, balance: number): number => (key + 1) * (balance + 1);

/** Balances by key. */
export type PlainAccounts = Map<number, number>;

/** Does to plain maps what the operation does to partitions. */
export function applyPlainly(
  accounts: PlainAccounts,
  { kind, key, amount }: Operation,
  results: readonly OperationResult[],
): OperationResult {
  const balance = accounts.get(key);
  const set = (value: number): OperationResult => {
    accounts.set(key, value);
    return { value, detail: 0 };
  };
  const nothing = { value: NOTHING, detail: 0 };
  switch (kind) {
    case READ:
      return { value: balance ?? NOTHING, detail: 0 };
    case ADD:
      return balance === undefined ? nothing : set(balance + amount);
    case CREDIT:
      return balance === undefined ? nothing : set(balance + Math.max(0, results[amount].value));
    case TAKE:
      return balance === undefined || balance < amount ? nothing : set(balance - amount);
    case INSERT:
      return balance === undefined ? set(amount) : nothing;
    case DELETE:
      accounts.delete(key);
      return { value: balance ?? NOTHING, detail: 0 };
    case SUM: {
      const seen = [...accounts].filter(([each]) => each >= key && each < amount);
      return {
        value: seen.reduce((sum, [, each]) => sum + each, 0),
        detail: seen.reduce((sum, [each, value]) => sum + detailOf(each, value), 0),
      };
    }
  }
}

export const describeProgram = ({ name, operations, aborts, deferred }: Program): string => {
  const kinds = ['read', 'add', 'take', 'insert', 'delete', 'sum', 'credit'];
  const texts = operations.map(({ worker, kind, key, amount, must }) => {
    return `${kinds[kind]}${must ? '!' : ''}(${worker}/${key}${amount === 0 ? '' : `, ${amount}`})`;
  });
  return `${name}${aborts ? ' aborting' : ''}${deferred ? ' deferred' : ''}: ${texts.join(' ')}`;
};
