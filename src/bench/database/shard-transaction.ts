/**
 * One attempt at a transaction on one database or on several. Several commit in two phases with the last agent's
 * optimization (Gray and Reuter, Transaction Processing, 10.4): the other shards prepare, and then the own shard decides by
 * committing, together with its own writes, the name of the transaction. So a decision is where the writes are, and whoever
 * finds a prepared transaction later looks there.
 */
import { assert } from '../../assert.ts';
import { type Call, type Connection, DatabaseError, type StatementResult } from '../../drivers/contract.ts';
import type { ShardCalls, SqlTransaction } from './contract.ts';
import { decisionToCommit } from './decisions.ts';
import type { ShardRouting } from './shard-routing.ts';

/** The connections of a session. */
export interface OpenConnections {
  readonly routing: ShardRouting;
  readonly homeShard: number;
  /** Connects where that is still to be done. */
  to(shard: number): Promise<Connection>;
  /** Gives a connection up that is lost; the next use opens another. */
  drop(shard: number): Promise<void>;
  /** The shard has prepared, and is still to be told of the outcome. @param isDecided to commit; else nobody knows yet */
  owe(shard: number, gid: string, isDecided: boolean): void;
  /** A connection was lost without harm to the transaction. */
  lose(shard: number, error: DatabaseError): Promise<void>;
}

export class ShardTransaction implements SqlTransaction {
  private readonly connections: OpenConnections;
  private readonly gid: string;
  private readonly begun = new Map<number, Connection>();
  /** Shards that have prepared and wait for the decision. */
  private readonly prepared = new Set<number>();
  private crossed = false;
  /** Whether the own shard's connection broke during its commit, so that nobody here knows what came of it. */
  private isDecisionOpen = false;

  /** @param gid names it where it has several shards */
  constructor(connections: OpenConnections, gid: string) {
    this.connections = connections;
    this.gid = gid;
  }

  /** Whether it had more than one shard. */
  get crossedShards(): boolean {
    return this.crossed;
  }

  shardOf(warehouseId: number): number {
    return this.connections.routing.shardOf(warehouseId);
  }

  async on(shard: number): Promise<Connection> {
    const begun = this.begun.get(shard);
    if (begun !== undefined) return begun;
    const connection = await this.connections.to(shard);
    // The own shard decides by an ordinary commit; every other one will be asked to prepare.
    if (shard === this.connections.homeShard) connection.begin();
    else connection.begin(this.gid);
    this.begun.set(shard, connection);
    if (this.begun.size > 1) this.crossed = true;
    return connection;
  }

  async executeAlone(shard: number, { statement, parameters }: Call): Promise<StatementResult> {
    const connection = await this.connections.to(shard);
    try {
      return await connection.execute(statement, parameters);
    } catch (error) {
      if (isLost(error)) await this.connections.drop(shard);
      throw error;
    }
  }

  async commit(last: readonly ShardCalls[] = []): Promise<readonly (readonly StatementResult[])[]> {
    for (const { shard } of last) await this.on(shard);
    const shards = [...this.begun.keys()].sort((a, b) => a - b);
    const callsOf = (shard: number) => last.filter((each) => each.shard === shard).flatMap(({ calls }) => calls);
    const results = new Map<number, readonly StatementResult[]>();
    if (shards.length === 1) {
      results.set(shards[0], await this.connection(shards[0]).commit(callsOf(shards[0])));
    } else {
      const { homeShard } = this.connections;
      assert(this.begun.has(homeShard), 'a transaction over shards has its own shard with it');
      for (const shard of shards.filter((each) => each !== homeShard)) {
        results.set(shard, await this.prepare(shard, callsOf(shard)));
        this.prepared.add(shard);
      }
      results.set(homeShard, await this.decide(homeShard, [...callsOf(homeShard), decisionToCommit(this.gid)]));
      this.begun.clear();
      await this.tellDecision();
    }
    return last.map(({ shard, calls }, i) => {
      const before = last.slice(0, i).filter((each) => each.shard === shard);
      const from = before.reduce((sum, each) => sum + each.calls.length, 0);
      return (results.get(shard) ?? []).slice(from, from + calls.length);
    });
  }

  /** Where the connection breaks meanwhile the shard may have prepared, and somebody must look. */
  private async prepare(shard: number, calls: readonly Call[]): Promise<readonly StatementResult[]> {
    try {
      return await this.connection(shard).prepare(this.gid, calls);
    } catch (error) {
      if (isLost(error)) this.connections.owe(shard, this.gid, false);
      throw error;
    }
  }

  private async decide(homeShard: number, calls: readonly Call[]): Promise<readonly StatementResult[]> {
    try {
      return await this.connection(homeShard).commit(calls);
    } catch (error) {
      this.isDecisionOpen = isLost(error);
      throw error;
    }
  }

  /** It is decided: a shard whose connection is lost now is told on the next one. */
  private async tellDecision(): Promise<void> {
    for (const shard of this.prepared) {
      try {
        await (await this.connections.to(shard)).commitPrepared(this.gid);
      } catch (error) {
        if (!isLost(error)) throw once(error);
        this.connections.owe(shard, this.gid, true);
        await this.connections.lose(shard, error);
      }
    }
    this.prepared.clear();
  }

  /** Connections that cannot undo are given up, and the server undoes; what has prepared hears of it on the next one. */
  async rollback(): Promise<void> {
    for (const [shard, connection] of this.begun) {
      try {
        if (this.prepared.has(shard)) await this.undoPrepared(shard, connection);
        else await connection.rollback();
      } catch (error) {
        if (!(error instanceof DatabaseError)) throw error;
        if (this.prepared.has(shard)) this.connections.owe(shard, this.gid, false);
        await this.connections.drop(shard);
      }
    }
    this.begun.clear();
    this.prepared.clear();
  }

  /** Where the own shard's commit was lost on the way the decision is open until somebody looks for it. */
  private async undoPrepared(shard: number, connection: Connection): Promise<void> {
    if (this.isDecisionOpen) this.connections.owe(shard, this.gid, false);
    else await connection.rollbackPrepared(this.gid);
    this.prepared.delete(shard);
  }

  private connection(shard: number): Connection {
    const connection = this.begun.get(shard);
    assert(connection !== undefined, 'the shard takes part');
    return connection;
  }
}

const isLost = (error: unknown): error is DatabaseError =>
  error instanceof DatabaseError && error.kind === 'connection';

/** An error after the decision: whatever it says, the transaction must not be tried again. */
const once = (error: unknown): unknown =>
  error instanceof DatabaseError && error.kind === 'conflict'
    ? new DatabaseError('other', error.message, { statement: error.statement, code: error.code, cause: error })
    : error;
