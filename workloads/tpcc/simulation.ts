/**
 * TPC-C in the simulator: the specification's transactions on a population of a few rows, so that they meet and a partition
 * is loaded in milliseconds. Real runs never see this population.
 */
import type { SimulatedWorkload } from '../../src/simulation/contract.ts';
import { missingOrders } from './checks/missing-orders.ts';
import { DECK_CARDS, WeightedMix } from './deck.ts';
import { drawConstants } from './random.ts';
import { TpccSession } from './session.ts';
import type { Scale } from './specification.ts';
import workload from './workload.ts';

const scaleOf = (options: Record<string, number>): Scale => ({
  items: options['items'],
  districtsPerWarehouse: options['districts'],
  customersPerDistrict: options['customers'],
  ordersPerDistrict: options['orders'],
  newOrdersPerDistrict: Math.ceil(options['orders'] / 3),
});

const simulated: SimulatedWorkload = {
  workload: {
    ...workload,
    open(partition, placement, mix, options) {
      const rules = {
        scale: scaleOf(options),
        totalWarehouses: placement.totalWarehouses,
        constants: drawConstants(placement.seed),
        remoteItemPct: options['remoteItemPct'],
        remotePaymentPct: options['remotePaymentPct'],
      };
      const weights = workload.transactionTypes.map(({ key }) =>
        mix.kind === 'weights' ? (mix.weights[key] ?? 0) : 1,
      );
      return new TpccSession(partition, placement, rules, () => new WeightedMix(weights));
    },
  },

  choose(random, storm) {
    const weights: Record<string, number> = {};
    workload.transactionTypes.forEach(({ key }, type) => {
      // The rare ones meet the others more often than the deck lets them.
      weights[key] = DECK_CARDS[type] === 1 ? 2 : DECK_CARDS[type];
    });
    return {
      options: {
        items: storm ? random.uniform(5, 8) : random.uniform(5, 40),
        districts: random.uniform(1, 3),
        customers: storm ? 2 : random.uniform(2, 8),
        orders: random.uniform(2, 6),
        remoteItemPct: storm ? 50 : random.uniform(0, 30),
        remotePaymentPct: storm ? 80 : random.uniform(0, 60),
      },
      mix: { kind: 'weights', weights },
      terminalsMost: 5,
    };
  },

  missing: missingOrders,
};

export default simulated;
