/** Which database holds a warehouse: warehouses 1..W are placed evenly and in order, as on the embedded engine. */
import type { RunConfig } from '../../config/run-config.ts';
import type { DatabasePart } from './contract.ts';

export class ShardRouting {
  readonly shards: number;
  readonly totalWarehouses: number;
  private readonly warehousesPerShard: number;

  constructor(shards: number, warehousesPerShard: number) {
    this.shards = shards;
    this.warehousesPerShard = warehousesPerShard;
    this.totalWarehouses = shards * warehousesPerShard;
  }

  shardOf(warehouseId: number): number {
    return Math.floor((warehouseId - 1) / this.warehousesPerShard);
  }

  part(shard: number): DatabasePart {
    return {
      firstWarehouse: shard * this.warehousesPerShard + 1,
      lastWarehouse: (shard + 1) * this.warehousesPerShard,
      totalWarehouses: this.totalWarehouses,
    };
  }
}

export const routingOf = ({ cluster }: RunConfig): ShardRouting =>
  new ShardRouting(cluster.shards.length, cluster.warehousesPerShard);
