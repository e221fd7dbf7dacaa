/** The connections of one session, one for each shard that it has needed so far, and the transactions over them. */
import { assert } from '../../assert.ts';
import { type Connection, DatabaseError } from '../../drivers/contract.ts';
import type { ShardRouting } from './shard-routing.ts';
import { type OpenConnections, ShardTransaction } from './shard-transaction.ts';

export class SessionConnections implements OpenConnections {
  readonly routing: ShardRouting;
  readonly homeShard: number;
  /** Connections that were opened after the first to their shard. */
  reopened = 0;
  private readonly open: (shard: number) => Promise<Connection>;
  private readonly connections = new Map<number, Connection>();
  private readonly known = new Set<number>();
  private readonly gidPrefix: string;
  private readonly lost: (error: DatabaseError) => void;
  /** Decisions that shards have not heard. */
  private readonly owed: { shard: number; gid: string }[] = [];
  private transactions = 0;

  /**
   * @param open connects to a shard
   * @param gidPrefix begins the names of two-phase commits: unique among the sessions of all runs
   * @param lost told of connections that are lost without harm to a transaction
   */
  constructor(
    routing: ShardRouting,
    homeShard: number,
    open: (shard: number) => Promise<Connection>,
    gidPrefix: string,
    lost: (error: DatabaseError) => void = () => {},
  ) {
    this.lost = lost;
    this.routing = routing;
    this.homeShard = homeShard;
    this.open = open;
    this.gidPrefix = gidPrefix;
  }

  async to(shard: number): Promise<Connection> {
    const existing = this.connections.get(shard);
    if (existing !== undefined) return existing;
    const connection = await this.open(shard);
    if (this.known.has(shard)) this.reopened++;
    this.known.add(shard);
    assert(!this.connections.has(shard), 'a session makes one call after the other');
    this.connections.set(shard, connection);
    await this.tellOwed(shard, connection);
    return connection;
  }

  async owe(shard: number, gid: string, error: DatabaseError): Promise<void> {
    this.owed.push({ shard, gid });
    this.lost(error);
    await this.drop(shard);
  }

  /** Tells shards what they have not heard, where they can be reached: until then their part keeps its locks. */
  async settle(): Promise<void> {
    for (const shard of new Set(this.owed.map((each) => each.shard))) {
      try {
        await this.to(shard);
      } catch (error) {
        if (!(error instanceof DatabaseError)) throw error;
        await this.drop(shard);
      }
    }
  }

  /** The server may have heard it, and only its answer was lost. */
  private async tellOwed(shard: number, connection: Connection): Promise<void> {
    for (const decision of this.owed.filter((each) => each.shard === shard)) {
      const prepared = await connection.listPrepared(decision.gid);
      if (prepared.some(({ gid }) => gid === decision.gid)) await connection.commitPrepared(decision.gid);
      this.owed.splice(this.owed.indexOf(decision), 1);
    }
  }

  newTransaction(): ShardTransaction {
    this.transactions++;
    return new ShardTransaction(this, `${this.gidPrefix}:${this.transactions}`);
  }

  async drop(shard: number): Promise<void> {
    const connection = this.connections.get(shard);
    this.connections.delete(shard);
    await connection?.close();
  }

  async close(): Promise<void> {
    await Promise.all([...this.connections.keys()].map((shard) => this.drop(shard)));
  }
}
