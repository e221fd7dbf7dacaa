/** What must hold of a cluster at rest: nothing is left of any transaction, and the workload's own conditions. */
import type { WorkloadModule, WorkloadSession } from '../bench/contract.ts';
import type { SimulatedCluster } from './cluster.ts';
import { STOPPED } from './member.ts';

/** @returns what does not hold of those who are there, a line each */
export function findViolations(cluster: SimulatedCluster, workload: WorkloadModule): string[] {
  const violations = [...leftovers(cluster), ...failures(cluster)];
  const { living, members } = cluster;
  const inDoubt = living.some(({ exchange }) => (exchange?.participant.counters.inDoubt ?? 0) > 0);
  const complete = living.length === members.length && !inDoubt;
  const sessions = living.map(({ session }) => session);
  return [...violations, ...(sessions.length === 0 ? [] : judgeAll(sessions, workload, complete))];
}

/** The workload's own conditions. @param complete whether these are all partitions */
export function judgeAll(sessions: readonly WorkloadSession[], workload: WorkloadModule, complete = true): string[] {
  const partials = sessions.map((session) => session.check());
  return workload.judge(partials, complete).flatMap((condition) => {
    if (condition.passed || condition.checkable === false) return [];
    return [`${condition.id} (${condition.title}): ${condition.violations.join('; ')}`];
  });
}

/** What transactions have left behind in members. */
function leftovers(cluster: SimulatedCluster): string[] {
  const violations: string[] = [];
  for (const member of cluster.living) {
    const { name, partition, exchange } = member;
    if (member.stage !== STOPPED) violations.push(`${name} has not stopped`);
    const { outstanding } = member;
    if (outstanding !== null) violations.push(`${name}: ${outstanding}`);
    const inDoubt = exchange?.participant.counters.inDoubt ?? 0;
    if (inDoubt === 0 && partition.locks.held > 0) violations.push(`${name}: ${partition.locks.held} locks are held`);
    const malformed = exchange?.malformed ?? 0;
    if (malformed > 0) violations.push(`${name}: ${malformed} malformed messages`);
  }
  return violations;
}

/** Transactions may fail only where something is lost. */
function failures(cluster: SimulatedCluster): string[] {
  const { loss, headroomBytes } = cluster.plan.trouble;
  if (loss !== 'none' || headroomBytes !== null || cluster.isDamaged) return [];
  return cluster.members.flatMap(({ name, tally }) => {
    const failed = tally.failures + tally.failuresByDoubt;
    return failed === 0 ? [] : [`${name}: ${failed} transactions failed, and nothing was lost`];
  });
}
