/** The connections of one session, one for each shard that it has needed so far, and the transactions over them. */
import { assert } from '../../assert.ts';
import { type Connection, DatabaseError } from '../../drivers/contract.ts';
import { settleDecision } from './decisions.ts';
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
  /** Outcomes that shards are still to be told of. */
  private readonly owed: { shard: number; gid: string; isDecided: boolean }[] = [];
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
    return connection;
  }

  owe(shard: number, gid: string, isDecided: boolean): void {
    this.owed.push({ shard, gid, isDecided });
  }

  async lose(shard: number, error: DatabaseError): Promise<void> {
    this.lost(error);
    await this.drop(shard);
  }

  /**
   * Tells shards of outcomes that they have not heard, where they can be reached: until then their part keeps its locks, and
   * others wait for them.
   */
  async settle(): Promise<void> {
    for (const outcome of [...this.owed]) {
      try {
        await this.tell(outcome);
        this.owed.splice(this.owed.indexOf(outcome), 1);
      } catch (error) {
        if (!(error instanceof DatabaseError)) throw error;
        // It is tried again after the next transaction, and at the end of the run.
        await Promise.all([this.drop(outcome.shard), this.drop(this.homeShard)]);
      }
    }
  }

  /** The server may have heard it, and only its answer was lost. */
  private async tell({ shard, gid, isDecided }: { shard: number; gid: string; isDecided: boolean }): Promise<void> {
    const isCommitted = isDecided || (await settleDecision(await this.to(this.homeShard), gid));
    const connection = await this.to(shard);
    const prepared = await connection.listPrepared(gid);
    if (!prepared.some((each) => each.gid === gid)) return;
    await (isCommitted ? connection.commitPrepared(gid) : connection.rollbackPrepared(gid));
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
