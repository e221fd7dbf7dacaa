/** The consistency conditions: those that hold in a line or two, each one that does not with the rows that show it. */
import type { ConditionResult, ConsistencyResult } from '../bench/result.ts';
import { formatCount, formatSeconds } from './format.ts';
import { paint, type ReportStyle, wrap } from './style.ts';

/**
 * @param requested whether the run was asked to check at all
 * @returns lines without heading
 */
export function renderConsistency(style: ReportStyle, consistency: ConsistencyResult, requested: boolean): string[] {
  const { conditions } = consistency;
  if (consistency.passed === null) {
    return [
      paint(style, 'doubtful', `  not checked: ${requested ? 'the check could not run' : 'switched off for this run'}`),
    ];
  }
  if (conditions.length === 0) return ['  the workload has no conditions'];
  const failed = conditions.filter((condition) => !condition.passed);
  const held = conditions.filter((condition) => condition.passed);
  const took = `checked in ${formatSeconds(consistency.checkSeconds)}`;
  const rows = formatCount(conditions.reduce((sum, condition) => sum + condition.checkedRows, 0));
  const verdict =
    consistency.passed && failed.length === 0
      ? paint(style, 'good', `all ${conditions.length} conditions hold`)
      : paint(style, 'bad', `${failed.length} of ${conditions.length} conditions FAILED`);
  const lines = [`  ${verdict} (${rows} rows ${took})`];
  if (held.length > 0)
    lines.push(...wrap(style, held.map((condition) => condition.id).join(', '), '  hold: ', '        '));
  return [...lines, ...failed.flatMap((condition) => failedCondition(style, condition))];
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
