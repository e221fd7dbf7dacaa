/** The links that a process waits for, for the main thread to say who is missing and why. */
import type { ShardAddress } from './transport-messages.ts';

export class MissingLinks {
  /** By local shard and peer shard. */
  private readonly links = new Map<string, { peer: ShardAddress; reason: string | null }>();

  get count(): number {
    return this.links.size;
  }

  add(shardId: number, peer: ShardAddress): void {
    this.links.set(nameOf(shardId, peer.shardId), { peer, reason: null });
  }

  /** Why the last attempt failed. */
  explain(shardId: number, peerShardId: number, reason: string): void {
    const link = this.links.get(nameOf(shardId, peerShardId));
    if (link !== undefined) link.reason = reason;
  }

  remove(shardId: number, peerShardId: number): void {
    this.links.delete(nameOf(shardId, peerShardId));
  }

  /** Every shard that is missing once, with its address and a reason where one is known. */
  toString(): string {
    const texts = new Map<number, string>();
    for (const { peer, reason } of this.links.values()) {
      const { shardId, host, port } = peer;
      if (reason !== null) texts.set(shardId, `shard ${shardId} (${host}:${port}: ${reason})`);
      else if (!texts.has(shardId)) texts.set(shardId, `shard ${shardId} (${host}:${port})`);
    }
    return [...texts.values()].join(', ');
  }
}

const nameOf = (shardId: number, peerShardId: number): string => `${shardId}-${peerShardId}`;
