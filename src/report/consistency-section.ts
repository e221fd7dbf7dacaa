/**
 * The consistency conditions: those that hold in a line or two, each one that does not with the rows that show it, and
 * those that nobody can check any more with the reason.
 */
import type { ConditionResult, ConsistencyResult } from '../bench/result.ts';
import { formatCount, formatSeconds } from './format.ts';
import { paint, type ReportStyle, wrap } from './style.ts';

/**
 * @param requested whether the run was asked to check at all
 * @returns lines without heading
 */
export function renderConsistency(style: ReportStyle, consistency: ConsistencyResult, requested: boolean): string[] {
  const { conditions } = consistency;
  if (consistency.passed === null && conditions.length === 0) {
    const reason = consistency.unchecked?.reason ?? 'the check could not run';
    const lines = wrap(style, requested ? reason : 'switched off for this run', '  not checked: ', '    ');
    return lines.map((line) => paint(style, 'doubtful', line));
  }
  if (conditions.length === 0) return ['  the workload has no conditions'];
  const unchecked = conditions.filter((condition) => condition.checkable === false);
  const failed = conditions.filter((condition) => !condition.passed && condition.checkable !== false);
  const held = conditions.filter((condition) => condition.passed && condition.checkable !== false);
  const took = `checked in ${formatSeconds(consistency.checkSeconds)}`;
  const rows = formatCount(conditions.reduce((sum, condition) => sum + condition.checkedRows, 0));
  return [
    `  ${verdict(style, consistency, failed.length, unchecked.length)} (${rows} rows ${took})`,
    ...(held.length > 0 ? wrap(style, idsOf(held), '  hold: ', '        ') : []),
    ...failed.flatMap((condition) => failedCondition(style, condition)),
    ...uncheckedConditions(style, unchecked),
  ];
}

const idsOf = (conditions: readonly ConditionResult[]): string => conditions.map(({ id }) => id).join(', ');

function verdict(style: ReportStyle, { passed, conditions }: ConsistencyResult, failed: number, unchecked: number) {
  const total = conditions.length;
  const missing = unchecked > 0 ? `${unchecked} not checkable` : '';
  if (failed > 0 || passed === false) {
    const text = `${failed} of ${total} conditions FAILED`;
    return paint(style, 'bad', missing === '' ? text : `${text}, ${missing}`);
  }
  if (unchecked > 0) return paint(style, 'doubtful', `${total - unchecked} of ${total} conditions hold, ${missing}`);
  return passed === null
    ? paint(style, 'doubtful', 'no verdict over all conditions')
    : paint(style, 'good', `all ${total} conditions hold`);
}

/** Conditions that one loss made uncheckable are named together. */
function uncheckedConditions(style: ReportStyle, unchecked: readonly ConditionResult[]): string[] {
  const reasonOf = ({ reason }: ConditionResult): string => reason ?? 'the reason is not known';
  return [...new Set(unchecked.map(reasonOf))].flatMap((reason) => {
    const ids = idsOf(unchecked.filter((condition) => reasonOf(condition) === reason));
    const lines = wrap(style, `${ids}: ${reason}`, '  not checkable: ', '    ');
    return lines.map((line) => paint(style, 'doubtful', line));
  });
}

function failedCondition(style: ReportStyle, condition: ConditionResult): string[] {
  const count = condition.violationCount;
  const violations = `${formatCount(count)} ${count === 1 ? 'violation' : 'violations'}`;
  const [first, ...others] = wrap(
    style,
    `${condition.id}  ${condition.title}: ${violations} in ${formatCount(condition.checkedRows)} rows`,
    '  FAILED ',
    '         ',
  );
  const hidden = count - condition.violations.length;
  return [
    paint(style, 'bad', first as string),
    ...others,
    ...condition.violations.flatMap((violation) => wrap(style, violation, '    ', '      ')),
    ...(hidden > 0 ? [`    and ${formatCount(hidden)} more`] : []),
  ];
}
