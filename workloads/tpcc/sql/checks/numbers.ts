/** Results of the conditions' statements, which are all numbers. */
import type { Connection, Parameter, Statement } from '../../../../src/drivers/contract.ts';

/** A null reads as NaN: a sum keeps it and no comparison accepts it, so that it cannot make a check pass. */
export async function readNumbers(
  connection: Connection,
  statement: Statement,
  parameters: readonly Parameter[] = [],
): Promise<number[][]> {
  const { rows } = await connection.execute(statement, parameters);
  return rows.map((row) => row.map((value) => (value === null ? Number.NaN : (value as number))));
}
