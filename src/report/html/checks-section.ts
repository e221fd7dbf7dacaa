/** What the run was held to: the input's audit, the consistency conditions, thresholds, trouble on purpose, and what deviates. */
import { type ChaosCount, describeChaosCount } from '../../bench/chaos/chaos-counts.ts';
import type { AuditRow, ConditionResult, RunResult, ThresholdResult } from '../../bench/result.ts';
import { AUDIT_COLUMNS, AUDIT_TONES, auditCells, auditNotes } from '../audit-table.ts';
import { deviationsTitle, whereTheTotalIs } from '../coverage.ts';
import { formatCount, formatSeconds, NO_VALUE } from '../format.ts';
import { measuredText, THRESHOLD_COLUMNS, thresholdVerdict } from '../thresholds-section.ts';
import { type Judgement, judgeConsistency, renderJudgement } from './judgements.ts';
import { type Markup, markup } from './markup.ts';
import { renderHtmlTable } from './table.ts';

export const renderChecks = (result: RunResult): Markup =>
  markup`${audit(result.audit)}${consistency(result)}${thresholds(result.thresholds)}${chaos(result.chaos ?? [])}${deviations(result)}`;

function audit(rows: readonly AuditRow[]): Markup {
  const table =
    rows.length === 0
      ? markup`<p class="note">The workload has no audit, or its sample is empty.</p>`
      : renderHtmlTable({
          caption: 'Drawn input against what the specification requires',
          columns: AUDIT_COLUMNS,
          rows: rows.map((row) => [
            ...auditCells(row),
            markup`<span class="${AUDIT_TONES[row.verdict] ?? 'plain'}">${row.verdict}</span>`,
          ]),
        });
  return markup`<section id="audit"><h2>Input audit</h2>
${table}${auditNotes(rows).map((note) => markup`<p class="note">${note}</p>`)}</section>
`;
}

function consistency(result: RunResult): Markup {
  const { conditions, checkSeconds } = result.consistency;
  const elsewhere = whereTheTotalIs(result, 'the conditions');
  const table =
    conditions.length === 0
      ? null
      : renderHtmlTable({
          caption: `Conditions, checked in ${formatSeconds(checkSeconds)}`,
          columns: [
            { title: 'condition', align: 'left' },
            { title: 'verdict', align: 'left' },
            { title: 'what must hold', align: 'left' },
            { title: 'rows checked', align: 'right' },
          ],
          rows: conditions.map((condition) => [
            condition.id,
            renderJudgement(judgeCondition(condition)),
            markup`<span class="text">${condition.title}</span>${violations(condition)}`,
            formatCount(condition.checkedRows),
          ]),
        });
  return markup`<section id="consistency"><h2>Consistency</h2>
<p>${renderJudgement(judgeConsistency(result))}</p>
${elsewhere !== null && conditions.length === 0 ? markup`<p class="note">${elsewhere}</p>` : null}${table}</section>
`;
}

function judgeCondition({ passed, checkable, reason, violationCount }: ConditionResult): Judgement {
  if (checkable === false) return { tone: 'doubtful', text: `not checkable: ${reason ?? 'the reason is not known'}` };
  if (passed) return { tone: 'good', text: 'holds' };
  return { tone: 'bad', text: `FAILED: ${formatCount(violationCount)} violations` };
}

function violations({ violations: shown, violationCount }: ConditionResult): Markup | null {
  if (shown.length === 0) return null;
  const hidden = violationCount - shown.length;
  return markup`<ul class="text">${shown.map((violation) => markup`<li>${violation}</li>`)}${
    hidden > 0 ? markup`<li>and ${formatCount(hidden)} more</li>` : null
  }</ul>`;
}

function thresholds(all: readonly ThresholdResult[] | undefined): Markup | null {
  if (all === undefined) return null;
  const verdict = (each: ThresholdResult): Judgement => ({
    tone: each.passed ? 'good' : 'bad',
    text: thresholdVerdict(each),
  });
  return markup`<section id="thresholds"><h2>Thresholds</h2>
${renderHtmlTable({
  caption: 'What the run was held to',
  columns: THRESHOLD_COLUMNS,
  rows: all.map((each) => [each.threshold, measuredText(each), renderJudgement(verdict(each))]),
})}</section>
`;
}

function chaos(all: readonly ChaosCount[]): Markup | null {
  if (all.length === 0) return null;
  const table = renderHtmlTable({
    caption: 'What was done to the run on purpose, and when',
    columns: [
      { title: 'asked for', align: 'left' },
      { title: 'times', align: 'right' },
      { title: 'first', align: 'right' },
      { title: 'last', align: 'right' },
      { title: 'what it came to', align: 'left' },
    ],
    rows: all.map((count) => [
      count.spec,
      formatCount(count.count),
      momentOf(count.firstMs),
      momentOf(count.lastMs),
      markup`<span class="text">${describeChaosCount(count)}</span>`,
    ]),
  });
  return markup`<section id="chaos"><h2>Trouble on purpose</h2>
${table}<p class="note">Times count from the start of the measurement.</p></section>
`;
}

const momentOf = (elapsedMs: number | undefined): string =>
  elapsedMs === undefined ? NO_VALUE : formatSeconds(elapsedMs / 1000);

function deviations(result: RunResult): Markup {
  const all = result.deviations;
  const list =
    all.length === 0 ? markup`<p>None.</p>` : markup`<ul>${all.map((deviation) => markup`<li>${deviation}</li>`)}</ul>`;
  return markup`<section id="deviations"><h2>${deviationsTitle(result)}</h2>
${list}</section>
`;
}
