/** The bank in the simulator: few accounts, so that transactions meet. */
import type { SimulatedWorkload } from '../../src/simulation/contract.ts';
import { TRANSACTION_TYPES } from './mix.ts';
import workload from './workload.ts';

/** Weight of a sum over all accounts; the deck's would be too rare in a short run. */
const SUM_ALL_WEIGHT = 8;

const simulated: SimulatedWorkload = {
  workload,

  choose(random, storm) {
    const weights: Record<string, number> = {};
    for (const { key, deckCards } of TRANSACTION_TYPES) weights[key] = deckCards;
    weights['sumAll'] = SUM_ALL_WEIGHT;
    return {
      options: {
        accountsPerWarehouse: storm ? 2 : random.uniform(2, 12),
        remoteTransferPct: storm ? 100 : random.uniform(0, 100),
        userAbortPct: random.uniform(0, 15),
      },
      mix: { kind: 'weights', weights },
      terminalsMost: 5,
    };
  },
};

export default simulated;
