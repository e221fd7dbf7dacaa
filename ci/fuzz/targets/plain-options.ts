/** The options of a run on which nothing was said. */
import type { RunOptions } from '../../../src/config/resolve.ts';

export const PLAIN_OPTIONS: RunOptions = {
  localShards: null,
  shardIndex: null,
  warehouses: null,
  warmupSeconds: null,
  clusterRole: 'localhost',
  numThreads: 1,
  transport: { kind: 'auto', ringCapacityBytes: null },
  onPeerLoss: 'stop',
  joinTimeoutSeconds: 30,
  placement: { pinCpus: false, cpuList: null, lowTransportPriority: false },
  terminalsPerWarehouse: 10,
  workload: { name: 'tpcc', moduleUrl: 'file:///workload.js', options: {} },
  mix: { kind: 'deck' },
  pacing: { kind: 'none' },
  runtimeSeconds: 1,
  seed: 1,
  memoryLimitBytes: 2 ** 30,
  check: true,
  jsonPath: null,
  exportDir: null,
  historyPath: null,
};
