/** The lists in the simulator: few lists, so that transactions meet. */
import type { SimulatedWorkload } from '../../src/simulation/contract.ts';
import { TRANSACTION_TYPES } from './mix.ts';
import workload from './workload.ts';

const simulated: SimulatedWorkload = {
  workload,
  choose(random, storm) {
    const weights: Record<string, number> = {};
    for (const { key, deckCards } of TRANSACTION_TYPES) weights[key] = deckCards;
    return {
      options: {
        listsPerWarehouse: storm ? 1 : random.uniform(1, 4),
        elementsPerList: random.uniform(4, 32),
        operations: random.uniform(2, 5),
        remotePct: storm ? 100 : random.uniform(0, 100),
        hotPct: random.uniform(0, 50),
        userAbortPct: random.uniform(0, 15),
      },
      mix: { kind: 'weights', weights },
      terminalsMost: 5,
    };
  },
};

export default simulated;
