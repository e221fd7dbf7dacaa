/** The lists in the simulator: few lists, so that transactions meet. */
import type { SimulatedWorkload } from '../../src/simulation/contract.ts';
import { TRANSACTION_TYPES } from './mix.ts';
import type { AppendSession } from './session.ts';
import workload from './workload.ts';

/** More than a cluster appends before it crashes. */
const ELEMENTS_OF_LIFE = 2 ** 40;

const simulated: SimulatedWorkload = {
  /** Durable, which real runs are not: a new one would append the elements of the one before again. */
  workload: { ...workload, isRecoverable: true },

  resumed(session, life) {
    (session as AppendSession).appendFrom(life * ELEMENTS_OF_LIFE);
  },

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
