/** What must hold of a bank at rest, and what a check has found out about it. */
import type { ConditionResult } from '../../../src/bench/result.ts';

/** A verdict counts every violation and names the first of them. */
const MOST_VIOLATIONS = 10;

export const CONDITIONS = {
  'bank.money': 'sum of A_BALANCE = what was loaded',
  'bank.rows': 'accounts = those at first + opened - closed, per warehouse',
  'bank.balance': 'no A_BALANCE is negative',
  'bank.sums': 'every sum over all accounts saw what was loaded',
  'bank.reads': 'every lookup and range found what can be there',
  'bank.locks': 'nothing is locked at rest',
  'engine.indexes': 'every index holds exactly the rows of its table, under their keys',
} as const;

export type ConditionId = keyof typeof CONDITIONS;
export const CONDITION_IDS = Object.keys(CONDITIONS) as ConditionId[];

/** These need every partition. */
export const SPANNING: ReadonlySet<string> = new Set<ConditionId>(['bank.money', 'bank.rows']);

/** One condition while it is checked. */
export class ConditionTally {
  readonly id: ConditionId;
  checkedRows = 0;
  violationCount = 0;
  private readonly violations: string[] = [];

  constructor(id: ConditionId) {
    this.id = id;
  }

  /** @param text names the keys and both sides, in one line */
  violate(text: string, count = 1): void {
    this.violationCount += count;
    if (this.violations.length < MOST_VIOLATIONS) this.violations.push(text);
  }

  /** Adds another partition's verdict on the same condition. */
  merge(other: ConditionResult): void {
    this.checkedRows += other.checkedRows;
    this.violationCount += other.violationCount;
    this.violations.push(...other.violations.slice(0, MOST_VIOLATIONS - this.violations.length));
  }

  result(): ConditionResult {
    const { id, checkedRows, violationCount, violations } = this;
    return { id, title: CONDITIONS[id], passed: violationCount === 0, checkedRows, violationCount, violations };
  }
}
