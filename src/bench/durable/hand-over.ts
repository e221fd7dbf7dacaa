/** The end of a durable worker's run, on its thread. */
import type { DurabilityHook } from '../worker-hooks.ts';

/**
 * Hands the last records over.
 * @returns the epoch that is the last with anything of this worker; null while records wait for room
 */
export function handOver(durable: DurabilityHook): number | null {
  durable.clock.look();
  return durable.sleep(1) === 1 ? durable.clock.current : null;
}

/** The same, and waits for room. */
export function handOverAll(durable: DurabilityHook): number {
  for (;;) {
    const lastEpoch = handOver(durable);
    if (lastEpoch !== null) return lastEpoch;
    durable.park(1);
  }
}
