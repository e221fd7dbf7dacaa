/** Merges the partitions' partial checks into verdicts; runs in the main thread and knows no partition. */
import { assert } from '../../../src/assert.ts';
import type { PartialCheck } from '../../../src/bench/contract.ts';
import type { ConditionResult } from '../../../src/bench/result.ts';
import { FIRST_BALANCE_CENTS } from '../schema.ts';
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
    if (!SPANNING.has(id)) mergeVerdicts(partials, tally);
    else if (id === 'bank.money') judgeMoney(partials, tally);
    else judgeRows(partials, tally);
    const result = tally.result();
    // A lock that is left belongs to a transaction of a lost partition.
    if (complete || (!SPANNING.has(id) && id !== 'bank.locks')) return result;
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

function judgeMoney(partials: readonly PartialCheck[], tally: ConditionTally): void {
  const total = (name: string) => [...merged(partials, name).values()].reduce((sum, value) => sum + value, 0);
  const expected = total(SUMS.loaded) * FIRST_BALANCE_CENTS;
  const found = total(SUMS.cents);
  tally.checkedRows = total(SUMS.rows);
  if (found !== expected) tally.violate(`sum of A_BALANCE ${found}, loaded ${expected}`);
}

function judgeRows(partials: readonly PartialCheck[], tally: ConditionTally): void {
  const [rows, first, opened, closed] = [SUMS.rows, SUMS.first, SUMS.opened, SUMS.closed].map((name) =>
    merged(partials, name),
  );
  for (const warehouse of new Set([...first.keys(), ...opened.keys()])) {
    const of = (sums: Map<number, number>) => sums.get(warehouse) ?? 0;
    tally.checkedRows += of(rows);
    if (of(rows) === of(first) + of(opened) - of(closed)) continue;
    tally.violate(
      `warehouse ${warehouse}: accounts ${of(rows)}, at first ${of(first)} + opened ${of(opened)} - closed ${of(closed)}`,
    );
  }
}

/** A sum of all partitions, by warehouse. */
function merged(partials: readonly PartialCheck[], name: string): Map<number, number> {
  const total = new Map<number, number>();
  for (const { sums } of partials) {
    const entries = sums[name];
    assert(entries !== undefined, `a partial check lacks the sum ${name}`);
    entries.keys.forEach((key, i) => {
      total.set(key, (total.get(key) ?? 0) + entries.values[i]);
    });
  }
  return total;
}
