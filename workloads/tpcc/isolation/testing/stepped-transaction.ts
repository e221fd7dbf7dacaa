/** One attempt at a transaction on one database that stops where a test wants it to, and goes on when it is told. */
import type { ShardCalls, SqlTransaction } from '../../../../src/bench/database/contract.ts';
import type { Connection, StatementResult } from '../../../../src/drivers/contract.ts';
import type { StopPoint } from '../driver.ts';

export class SteppedTransaction implements SqlTransaction {
  /** How it has ended. */
  committed = false;
  private readonly connection: Connection;
  private readonly stopAt: StopPoint | null;
  private readonly stop: () => Promise<void>;
  private hasBegun = false;

  /** @param stop resolves when it may go on */
  constructor(connection: Connection, stopAt: StopPoint | null, stop: () => Promise<void>) {
    this.connection = connection;
    this.stopAt = stopAt;
    this.stop = stop;
  }

  shardOf(): number {
    return 0;
  }

  async on(): Promise<Connection> {
    if (!this.hasBegun) this.connection.begin();
    this.hasBegun = true;
    return this.connection;
  }

  /** Whether it has a read before all others, which it does again. */
  get readsTwice(): boolean {
    return this.stopAt === 'afterFirstRead';
  }

  /** After the read that `afterFirstRead` means. */
  async hasRead(): Promise<void> {
    if (this.readsTwice) await this.stop();
  }

  async commit(last: readonly ShardCalls[] = []): Promise<readonly (readonly StatementResult[])[]> {
    const connection = await this.on();
    const calls = last.flatMap((each) => each.calls);
    let results: readonly StatementResult[];
    if (this.stopAt === 'beforeCommit' || this.stopAt === 'beforeRollback') {
      results = await connection.executeAll(calls);
      await this.stop();
      await (this.stopAt === 'beforeCommit' ? connection.commit() : connection.rollback());
      this.committed = this.stopAt === 'beforeCommit';
    } else {
      results = await connection.commit(calls);
      this.committed = true;
    }
    let end = 0;
    return last.map((each) => {
      end += each.calls.length;
      return results.slice(end - each.calls.length, end);
    });
  }

  executeAlone(): Promise<StatementResult> {
    return Promise.reject(new Error('a stored procedure cannot be stopped'));
  }

  async rollback(): Promise<void> {
    if (this.stopAt === 'beforeRollback') await this.stop();
    await this.connection.rollback();
  }
}
