/**
 * Where each warehouse lives. Warehouses are numbered over the whole cluster and placed evenly, in order; everyone who
 * needs a shard or a partition asks this table, since placement will change during a run. The main thread makes it and any
 * thread may ask; it knows neither the engine nor how shards are reached.
 */
import { assert } from '../assert.ts';

/** The warehouses of one partition, inclusive. */
export interface WarehouseRange {
  first: number;
  last: number;
}

export class RoutingTable {
  /** Raised whenever a warehouse moves. */
  readonly version = 1;
  readonly shardCount: number;
  readonly warehousesPerShard: number;
  readonly workersPerShard: number;

  /** @param workersPerShard partitions of a shard; at most its warehouses */
  constructor(shardCount: number, warehousesPerShard: number, workersPerShard: number) {
    assert(shardCount >= 1 && workersPerShard >= 1, 'a cluster has a shard and a worker');
    assert(workersPerShard <= warehousesPerShard, 'a worker without a warehouse');
    this.shardCount = shardCount;
    this.warehousesPerShard = warehousesPerShard;
    this.workersPerShard = workersPerShard;
  }

  get warehouseCount(): number {
    return this.shardCount * this.warehousesPerShard;
  }

  shardOf(warehouse: number): number {
    assert(warehouse >= 1 && warehouse <= this.warehouseCount, `there is no warehouse ${warehouse}`);
    return Math.floor((warehouse - 1) / this.warehousesPerShard);
  }

  /** Worker of the warehouse within its shard. */
  workerOf(warehouse: number): number {
    const within = warehouse - 1 - this.shardOf(warehouse) * this.warehousesPerShard;
    return Math.floor(((within + 1) * this.workersPerShard - 1) / this.warehousesPerShard);
  }

  /** The contiguous warehouses of a worker; the counts of two workers differ by one at most. */
  warehousesOf(shard: number, worker: number): WarehouseRange {
    const before = shard * this.warehousesPerShard;
    return {
      first: before + Math.floor((worker * this.warehousesPerShard) / this.workersPerShard) + 1,
      last: before + Math.floor(((worker + 1) * this.warehousesPerShard) / this.workersPerShard),
    };
  }
}
