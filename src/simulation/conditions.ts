/** What must hold of a cluster at rest: nothing is left of any transaction, and the workload's own conditions. */
import type { WorkloadModule } from '../bench/contract.ts';
import type { SimulatedCluster } from './cluster.ts';
import { STOPPED } from './member.ts';
import { findAnomalies } from './recorded-history.ts';

/** @returns what does not hold, a line each */
export function findViolations(cluster: SimulatedCluster, workload: WorkloadModule): string[] {
  const violations = [...leftovers(cluster), ...failures(cluster)];
  const { living, members } = cluster;
  const partials = living.map((member) => member.check());
  const inDoubt = living.some(({ exchange }) => (exchange?.participant.counters.inDoubt ?? 0) > 0);
  const complete = living.length === members.length && !inDoubt;
  for (const condition of workload.judge(partials, complete)) {
    if (condition.passed || condition.checkable === false) continue;
    violations.push(`${condition.id} (${condition.title}): ${condition.violations.join('; ')}`);
  }
  return [...violations, ...anomalies(cluster)];
}

/** What the history says; it covers what lost members did, too. */
function anomalies({ members }: SimulatedCluster): string[] {
  const histories = members.flatMap(({ history, isLost }) => {
    history?.close(isLost);
    return history ?? [];
  });
  return histories.length === 0 ? [] : findAnomalies(histories);
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
  if (loss !== 'none' || headroomBytes !== null) return [];
  return cluster.members.flatMap(({ name, tally }) => {
    const failed = tally.failures + tally.failuresByDoubt;
    return failed === 0 ? [] : [`${name}: ${failed} transactions failed, and nothing was lost`];
  });
}
