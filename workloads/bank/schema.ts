/** The table of the accounts, and what every account is loaded with. Money is in cents. */
import { columnIds } from '../../src/engine/row-sink.ts';
import { int32, integer, type KeyPart, type TableDefinition } from '../../src/engine/schema.ts';

const MOST_WAREHOUSES = 20_000;
/** Account numbers run to three times the accounts of a warehouse; see `inputs.ts`. */
const ACCOUNT_RANGE = 4_000_000;
export const MOST_ACCOUNTS = 1_000_000;

export const FIRST_BALANCE_CENTS = 100_000;

const KEY: readonly KeyPart[] = [
  { column: 'A_W_ID', range: MOST_WAREHOUSES + 1 },
  { column: 'A_ID', range: ACCOUNT_RANGE },
];

export const ACCOUNT = {
  name: 'ACCOUNT',
  columns: { A_ID: int32, A_W_ID: int32, A_BALANCE: integer },
  indexes: {
    primary: { kind: 'hash', key: KEY },
    inOrder: { kind: 'ordered', key: KEY, unique: true },
  },
} satisfies TableDefinition;

export const ACCOUNT_COLUMN = columnIds(ACCOUNT);
