/** Binds the threads of a run to CPUs as the configuration asks. Runs on the main thread, before anything is loaded. */
import type { RunConfig } from '../config/run-config.ts';
import { readCpuListOption } from '../shard/placement/cpu-list.ts';
import { readCpuTopology } from '../shard/placement/cpu-topology.ts';
import { type PlacedThread, planPlacement } from '../shard/placement/placement.ts';
import { applyPlacement, lowerPriority } from '../shard/placement/thread-affinity.ts';

/** A niceness at which transports give way to workers. */
const TRANSPORT_NICENESS = 5;

/** A thread with the system's number for it; null where the system does not say. */
export interface RunningThread extends PlacedThread {
  tid: number | null;
}

/** @throws OperatingFault (exit status 2) where `--cpu-list` names a CPU that this process may not use */
export function checkCpuList(config: RunConfig): number[] | null {
  const { cpuList } = config.placement;
  return cpuList === null ? null : readCpuListOption(cpuList, readCpuTopology()?.allowedCpus ?? null);
}

export async function placeThreads(
  config: RunConfig,
  threads: readonly RunningThread[],
  log: (line: string) => void,
): Promise<void> {
  const { pinCpus, lowTransportPriority } = config.placement;
  const cpuList = checkCpuList(config);
  const plan = planPlacement({ threads, topology: readCpuTopology(), pin: pinCpus || cpuList !== null, cpuList });
  if (plan.remark !== null) log(plan.remark);
  const assignments = plan.assignments.flatMap((assignment, i) => {
    const { tid } = threads[i];
    return tid === null ? [] : [{ ...assignment, tid }];
  });
  if (assignments.length > 0) {
    for (const remark of await applyPlacement(assignments)) log(remark);
    if (pinCpus || cpuList !== null) {
      const places = assignments.map(
        ({ kind, shardId, index, cpus }) => `${kind} ${shardId}.${index}: ${cpus.join(',')}`,
      );
      log(`Threads are bound to CPUs: ${places.join('; ')}`);
    }
  }
  if (!lowTransportPriority) return;
  for (const { kind, tid } of threads) {
    if (kind !== 'transport' || tid === null) continue;
    const remark = lowerPriority(tid, TRANSPORT_NICENESS);
    if (remark !== null) log(remark);
  }
}
