/**
 * Lists as a workload of dbtest: transactions that read and append to lists of any shards. With `--history` it records
 * what each of them saw, from which `dbtest verify` finds out whether they were serializable (Kingsbury and Alvaro, "Elle:
 * Inferring Isolation Anomalies from Experimental Observations", VLDB 2020). The main thread uses the descriptions and
 * verdicts, each worker opens its session on one partition. It sees the contracts of the engine and of the bench, and
 * nothing else of dbtest.
 */
import type { WorkloadModule, WorkloadOptionDefinition } from '../../src/bench/contract.ts';
import type { RunConfig } from '../../src/config/run-config.ts';
import { usageFault } from '../../src/errors.ts';
import { auditInput } from './audit.ts';
import { judge } from './checks/judge.ts';
import { COUNTER_NAMES } from './counters.ts';
import { expectedCrossShardPct } from './cross-shard-share.ts';
import { MOST_OPERATIONS } from './inputs.ts';
import { newMix, TRANSACTION_TYPES } from './mix.ts';
import { MOST_ELEMENTS } from './schema.ts';
import { AppendSession, LONGEST_BODY_WORDS } from './session.ts';

const totalWarehouses = ({ cluster }: RunConfig): number => cluster.shards.length * cluster.warehousesPerShard;

const option = (
  name: string,
  describe: string,
  value: number,
  low: number,
  high: number,
): WorkloadOptionDefinition => ({
  name,
  describe,
  default: value,
  low,
  high,
});

/** These count something. */
const WHOLE = ['listsPerWarehouse', 'elementsPerList', 'operations'] as const;
const SPELLED: Record<(typeof WHOLE)[number], string> = {
  listsPerWarehouse: '--lists-per-warehouse',
  elementsPerList: '--elements-per-list',
  operations: '--operations',
};

const workload: WorkloadModule = {
  name: 'append',
  transactionTypes: TRANSACTION_TYPES,
  counterNames: COUNTER_NAMES,
  longestFragmentWords: LONGEST_BODY_WORDS,
  mostTpmCPerWarehouse: null,
  recordsHistory: true,
  options: [
    option('listsPerWarehouse', 'lists of a warehouse in use at once; few of them force conflicts', 10, 1, 1000),
    option('elementsPerList', 'a list with so many elements is full and replaced by a fresh one', 16, 1, MOST_ELEMENTS),
    option('operations', 'most reads and appends of a transaction', 4, 1, MOST_OPERATIONS),
    option('remotePct', 'percent of operations on a list of another warehouse', 50, 0, 100),
    option('hotPct', 'percent of operations on the first list of a warehouse, the others on any', 0, 0, 100),
    option('userAbortPct', 'percent of the transactions with appends that the user aborts', 2, 0, 100),
  ],
  open(partition, placement, mix, options) {
    for (const name of WHOLE) {
      if (!Number.isInteger(options[name])) throw usageFault(`${SPELLED[name]}: ${options[name]} is no whole number`);
    }
    const rules = {
      totalWarehouses: placement.totalWarehouses,
      terminalsPerWarehouse: placement.terminalsPerWarehouse,
      lists: options['listsPerWarehouse'],
      mostOperations: options['operations'],
      remotePct: options['remotePct'],
      hotPct: options['hotPct'],
      userAbortPct: options['userAbortPct'],
    };
    return new AppendSession(partition, placement, rules, options['elementsPerList'], () => newMix(mix));
  },
  audit(counters, config) {
    const { listsPerWarehouse: lists, remotePct, hotPct, userAbortPct } = config.workload.options;
    return auditInput(counters, { totalWarehouses: totalWarehouses(config), lists, remotePct, hotPct, userAbortPct });
  },
  expectedCrossShardPct(config) {
    const { operations, remotePct } = config.workload.options;
    return expectedCrossShardPct({
      totalWarehouses: totalWarehouses(config),
      shards: config.cluster.shards.length,
      mostOperations: operations,
      remotePct,
    });
  },
  judge,
  /** It is dbtest's own: no specification says anything else of it. */
  deviations: () => ['nothing is durable: the database is in memory'],
};

export default workload;
