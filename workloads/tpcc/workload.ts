/**
 * TPC-C (revision 5.11) as a workload of dbtest: the module that the bench loads by URL. The main thread uses its
 * descriptions and verdicts, each worker opens its session on one partition. It sees the contracts of the engine and of
 * the bench, and nothing else of dbtest.
 */
import type { PartialCheck, PartitionPlacement, TransactionType, WorkloadModule } from '../../src/bench/contract.ts';
import type { MixConfig, RunConfig } from '../../src/config/run-config.ts';
import type { Partition } from '../../src/engine/partition.ts';
import { EXIT, OperatingFault } from '../../src/errors.ts';
import { auditInput } from './audit.ts';
import { judge } from './checks/judge.ts';
import { COUNTER_NAMES } from './counters.ts';
import { expectedCrossShard } from './cross-shard-share.ts';
import { DECK_CARDS, Deck, type Mix, WeightedMix } from './deck.ts';
import { deviations } from './deviations.ts';
import type { InputRules } from './inputs.ts';
import { REMOTE_CUSTOMER_WORDS } from './procedures/remote-customer.ts';
import { REMOTE_LINES_WORDS } from './procedures/remote-lines.ts';
import { drawConstants } from './random.ts';
import { receiptText } from './receipt.ts';
import { TpccSession } from './session.ts';
import { FULL_SCALE, REMOTE_ITEM_PCT, REMOTE_PAYMENT_PCT } from './specification.ts';

/** 5.2.5.7 (keying and think times), 5.2.3 (least shares), 5.2.5.3 (90% within), 2.7.2 (deferred Delivery). */
const transactionTypes: readonly TransactionType[] = [
  {
    key: 'newOrder',
    title: 'New-Order',
    deckCards: DECK_CARDS[0],
    leastMixPct: null,
    keyingSeconds: 18,
    thinkMeanSeconds: 12,
    limitSeconds: 5,
    countedInTpmC: true,
  },
  {
    key: 'payment',
    title: 'Payment',
    deckCards: DECK_CARDS[1],
    leastMixPct: 43,
    keyingSeconds: 3,
    thinkMeanSeconds: 12,
    limitSeconds: 5,
  },
  {
    key: 'orderStatus',
    title: 'Order-Status',
    deckCards: DECK_CARDS[2],
    leastMixPct: 4,
    keyingSeconds: 2,
    thinkMeanSeconds: 10,
    limitSeconds: 5,
  },
  {
    key: 'delivery',
    title: 'Delivery',
    deckCards: DECK_CARDS[3],
    leastMixPct: 4,
    keyingSeconds: 2,
    thinkMeanSeconds: 5,
    limitSeconds: 5,
    deferredLimitSeconds: 80,
  },
  {
    key: 'stockLevel',
    title: 'Stock-Level',
    deckCards: DECK_CARDS[4],
    leastMixPct: 4,
    keyingSeconds: 2,
    thinkMeanSeconds: 5,
    limitSeconds: 20,
  },
];

/** Share of each type that the run aims at, 0..1. */
function mixShares(mix: MixConfig): number[] {
  const weights = mixWeights(mix);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

function mixWeights(mix: MixConfig): number[] {
  if (mix.kind === 'deck') return [...DECK_CARDS];
  return transactionTypes.map((type) => mix.weights[type.key] ?? 0);
}

function newMix(mix: MixConfig): Mix {
  return mix.kind === 'deck' ? new Deck() : new WeightedMix(mixWeights(mix));
}

const totalWarehouses = (config: RunConfig): number => config.cluster.shards.length * config.cluster.warehousesPerShard;

/** Less than what a warehouse takes after the load. */
const LEAST_WAREHOUSE_BYTES = 75e6;

/** Before anything is created: a load that cannot fit would fill the memory first and fail then. */
function refuseWhatCannotFit(partition: Partition, placement: PartitionPlacement): void {
  const warehouses = placement.lastWarehouse - placement.firstWarehouse + 1;
  const { limitBytes } = partition.budget;
  if (warehouses * LEAST_WAREHOUSE_BYTES <= limitBytes) return;
  throw new OperatingFault(
    'MEMORY_LIMIT',
    EXIT.usage,
    `${warehouses} warehouse${warehouses === 1 ? '' : 's'} need at least ${Math.ceil((warehouses * LEAST_WAREHOUSE_BYTES) / 1e6)} MB, above ` +
      `the memory limit of ${Math.floor(limitBytes / 1e6)} MB; raise --memory-limit or use fewer warehouses`,
  );
}

const workload: WorkloadModule = {
  name: 'tpcc',
  transactionTypes,
  counterNames: COUNTER_NAMES,
  isRecoverable: true,
  receiptText,
  longestFragmentWords: Math.max(REMOTE_LINES_WORDS, REMOTE_CUSTOMER_WORDS),
  /** 4.1.3: at most 12.86 tpmC a warehouse. */
  mostTpmCPerWarehouse: 12.86,
  options: [
    {
      name: 'remoteItemPct',
      describe: 'percent of order lines supplied by another warehouse',
      default: REMOTE_ITEM_PCT,
      low: 0,
      high: 100,
    },
    {
      name: 'remotePaymentPct',
      describe: 'percent of payments by a customer of another warehouse',
      default: REMOTE_PAYMENT_PCT,
      low: 0,
      high: 100,
    },
  ],

  open(partition, placement, mix, options) {
    refuseWhatCannotFit(partition, placement);
    const rules: InputRules = {
      scale: FULL_SCALE,
      totalWarehouses: placement.totalWarehouses,
      constants: drawConstants(placement.seed),
      remoteItemPct: options['remoteItemPct'],
      remotePaymentPct: options['remotePaymentPct'],
    };
    return new TpccSession(partition, placement, rules, () => newMix(mix));
  },

  audit(counters, config) {
    const shares = mixShares(config.mix);
    return auditInput(counters, {
      totalWarehouses: totalWarehouses(config),
      remoteItemPct: config.workload.options['remoteItemPct'],
      remotePaymentPct: config.workload.options['remotePaymentPct'],
      mixPct: {
        newOrders: 100 * shares[0],
        payments: 100 * shares[1],
        orderStatuses: 100 * shares[2],
        deliveries: 100 * shares[3],
        stockLevels: 100 * shares[4],
      },
    });
  },

  expectedCrossShardPct(config) {
    const [newOrder, payment] = mixShares(config.mix);
    return expectedCrossShard({
      totalWarehouses: totalWarehouses(config),
      shards: config.cluster.shards.length,
      remoteItemPct: config.workload.options['remoteItemPct'],
      remotePaymentPct: config.workload.options['remotePaymentPct'],
      mix: { newOrder, payment },
    }).allPct;
  },

  async loadDatabase() {
    const { tpccDatabase } = await import('./sql/database.ts');
    return tpccDatabase(newMix);
  },

  judge: (partials: readonly PartialCheck[], complete: boolean) => judge(partials, complete),

  deviations,
};

export default workload;
