/** Merges the partitions' partial checks into verdicts; runs in the main thread and knows no partition. */
import { assert } from '../../../src/assert.ts';
import type { PartialCheck } from '../../../src/bench/contract.ts';
import type { ConditionResult } from '../../../src/bench/result.ts';
import { CONDITION_IDS, ConditionTally, SPANNING } from './conditions.ts';
import { SUMS } from './partition-checks.ts';

/**
 * @param complete whether these are all partitions; if not, what others have a share in is not checkable
 * @returns one verdict a condition; nothing passes where there is no partition, or one has left a condition out
 */
export function judge(partials: readonly PartialCheck[], complete: boolean): ConditionResult[] {
  return CONDITION_IDS.map((id) => {
    const tally = new ConditionTally(id);
    if (partials.length === 0) tally.violate('no partition was checked');
    if (id === 'append.count') judgeCount(partials, tally);
    else mergeVerdicts(partials, tally);
    const result = tally.result();
    if (complete || !SPANNING.has(id)) return result;
    const reason = 'a partition with a share in it is lost';
    return { ...result, passed: false, checkable: false, reason, violationCount: 0, violations: [] };
  });
}

function mergeVerdicts(partials: readonly PartialCheck[], tally: ConditionTally): void {
  for (const { conditions } of partials) {
    const verdict = conditions.find(({ id }) => id === tally.id);
    if (verdict === undefined) tally.violate('a partition was not checked');
    else tally.merge(verdict);
  }
}

function judgeCount(partials: readonly PartialCheck[], tally: ConditionTally): void {
  const [elements, appended] = [SUMS.elements, SUMS.appended].map((name) =>
    partials.reduce((sum, { sums }) => {
      assert(sums[name] !== undefined, `a partial check lacks the sum ${name}`);
      return sum + sums[name].values[0];
    }, 0),
  );
  tally.checkedRows = elements;
  if (elements !== appended) tally.violate(`elements ${elements}, appended by committed transactions ${appended}`);
}
