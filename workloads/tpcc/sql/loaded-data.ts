/** What a run makes of the facts that a load has left with its data (2.1.6.1 wants C_LOAD there). */
import { drawConstants, drawRunConstant, type NurandConstants, RandomStream, STREAM } from '../random.ts';
import { loadFacts } from './rows.ts';

type Facts = Readonly<Record<string, string>>;

/** Depends on the seed of the load, which a run need not share. */
const OF_THE_SEED = 'C_LOAD';

/** Why a run cannot use data with these facts, as half a sentence; null where it can. */
export function misfit(facts: Facts): string | null {
  if (!/^\d+$/.test(facts[OF_THE_SEED] ?? '')) return `${OF_THE_SEED} was not kept with it`;
  const own = loadFacts(0);
  const different = Object.keys(own).find((name) => name !== OF_THE_SEED && facts[name] !== own[name]);
  return different === undefined ? null : `${different} is ${facts[different]} instead of ${own[different]}`;
}

/** The constants of a run on data that another seed may have made: 2.1.6.1 bounds C_run by the C_LOAD of the data. */
export function runConstants(seed: number, facts: Facts): NurandConstants {
  const own = drawConstants(seed);
  const lastNameLoad = Number(facts[OF_THE_SEED]);
  if (lastNameLoad === own.lastNameLoad) return own;
  const stream = new RandomStream(seed, STREAM.constants, lastNameLoad);
  return { ...own, lastNameLoad, lastNameRun: drawRunConstant(stream, lastNameLoad) };
}
