/** Whether transactions are being committed, as the database itself says: sooner than the program shows any progress. */
import { type Connection, INTEGER, type Statement } from '../../drivers/contract.ts';
import type { Running } from './built-program.ts';

const ORDERS: Statement = {
  name: 'orders',
  text: 'SELECT sum(d_next_o_id) FROM district',
  parameters: [],
  columns: [INTEGER],
};
const LOOK_MS = 10;

/** Resolves when a run measures, and orders have been entered since. @param looker to its database */
export async function measuring(program: Running, looker: Connection): Promise<void> {
  const orders = async (): Promise<number> => (await looker.execute(ORDERS, [])).rows[0][0] as number;
  await program.logged(/Measuring for/);
  const before = await orders();
  while ((await orders()) === before) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}
