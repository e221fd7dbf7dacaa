/** Throughput as benchmark runs show it: noise of each run, drift that lasts minutes, warming up, and neighbours that break in. */
import { seededUniform } from '../random.ts';

export interface Noise {
  /** Standard deviation of the logarithm of one run. */
  spread: number;
  /** Whether the machine drifts: by a slope, a wave of some twenty runs, and a wandering part that runs share for a while. */
  drifts: boolean;
  /** Share of the runs that lose 10 to 40%. */
  disturbed: number;
}

/** A machine; each call is one run of a configuration that does `speed` on a quiet one. */
export function noisyMachine(seed: number, { spread, drifts, disturbed }: Noise): (speed: number) => number {
  const uniform = seededUniform(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const phase = 2 * Math.PI * uniform();
  const slope = 0.01 * (uniform() - 0.5);
  let wandering = 0;
  let runs = 0;
  return (speed) => {
    runs++;
    wandering = 0.9 * wandering + 0.5 * spread * normal();
    const drift = drifts ? wandering + slope * runs + 0.02 * Math.sin(phase + (2 * Math.PI * runs) / 20) : 0;
    const loss = uniform() < disturbed ? 0.1 + 0.3 * uniform() : 0;
    return speed * Math.exp(spread * normal() + drift) * (1 - loss);
  };
}
