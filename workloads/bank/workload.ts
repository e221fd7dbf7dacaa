/**
 * A bank as a workload of dbtest: accounts of many warehouses, transfers between them, and a reader that sums them all
 * while they go on. It shows whether transactions over partitions are atomic and isolated, with fragments that update,
 * insert, delete, read ranges and find nothing. The main thread uses the descriptions and verdicts, each worker opens its
 * session on one partition. It sees the contracts of the engine and of the bench, and nothing else of dbtest.
 */
import type { WorkloadModule } from '../../src/bench/contract.ts';
import type { RunConfig } from '../../src/config/run-config.ts';
import { usageFault } from '../../src/errors.ts';
import { auditInput } from './audit.ts';
import { judge } from './checks/judge.ts';
import { COUNTER_NAMES } from './counters.ts';
import { expectedCrossShardPct } from './cross-shard-share.ts';
import { mixShares, newMix, TRANSACTION_TYPES } from './mix.ts';
import { BODY_WORDS } from './procedures/bank.ts';
import { MOST_ACCOUNTS } from './schema.ts';
import { BankSession } from './session.ts';

const totalWarehouses = ({ cluster }: RunConfig): number => cluster.shards.length * cluster.warehousesPerShard;

const workload: WorkloadModule = {
  name: 'bank',
  transactionTypes: TRANSACTION_TYPES,
  counterNames: COUNTER_NAMES,
  isRecoverable: true,
  longestFragmentWords: BODY_WORDS,
  mostTpmCPerWarehouse: null,
  options: [
    {
      name: 'accountsPerWarehouse',
      describe: 'accounts of a warehouse that are loaded; few of them force conflicts',
      default: 1000,
      shapesLoad: true,
      low: 2,
      high: MOST_ACCOUNTS,
    },
    {
      name: 'remoteTransferPct',
      describe: 'percent of transfers with an account of another warehouse',
      default: 50,
      low: 0,
      high: 100,
    },
    {
      name: 'userAbortPct',
      describe: 'percent of transfers, openings and closings that the user aborts',
      default: 2,
      low: 0,
      high: 100,
    },
  ],

  open(partition, placement, mix, options) {
    const accounts = options['accountsPerWarehouse'];
    if (!Number.isInteger(accounts)) throw usageFault(`--accounts-per-warehouse: ${accounts} is no whole number`);
    const rules = {
      accounts,
      totalWarehouses: placement.totalWarehouses,
      remoteTransferPct: options['remoteTransferPct'],
      userAbortPct: options['userAbortPct'],
    };
    return new BankSession(partition, placement, rules, () => newMix(mix));
  },

  audit(counters, config) {
    const { options } = config.workload;
    return auditInput(counters, {
      totalWarehouses: totalWarehouses(config),
      remoteTransferPct: options['remoteTransferPct'],
      userAbortPct: options['userAbortPct'],
    });
  },

  expectedCrossShardPct(config) {
    return expectedCrossShardPct({
      totalWarehouses: totalWarehouses(config),
      shards: config.cluster.shards.length,
      remoteTransferPct: config.workload.options['remoteTransferPct'],
      userAbortPct: config.workload.options['userAbortPct'],
      mix: mixShares(config.mix),
    });
  },

  judge,

  /** It is dbtest's own: no specification says anything else of it. */
  deviations: ({ durability }) => (durability === undefined ? ['nothing is durable: the database is in memory'] : []),
};

export default workload;
