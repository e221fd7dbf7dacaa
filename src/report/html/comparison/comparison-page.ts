/**
 * The page of a comparison, main file of the folder: the verdicts in words, what each pair of runs measured, the ratios with
 * their intervals, and the latency curves of both sides. The main thread turns a `ComparisonResult` into text; the words and
 * figures are those of the console report. It runs nothing and knows no file.
 */
import type { Comparison, ComparisonResult, Variant } from '../../../compare/comparison.ts';
import {
  COMPARISON_ENDS,
  comparisonTitle,
  describeComparisonHost,
  describeDifferences,
  INTERVALS_NOTE,
  metricCells,
  metricColumns,
  VERDICT_TONES,
  verdictLine,
} from '../../comparison-report.ts';
import { plural } from '../../format.ts';
import { type Markup, markup } from '../markup.ts';
import { renderPage } from '../page.ts';
import { renderFacts, renderHtmlTable } from '../table.ts';
import { renderLatencyCurves, renderPairs } from './comparison-charts.ts';
import { renderInterval, scaleOf, scaleText } from './ratio-interval.ts';
import { renderRuns } from './runs-section.ts';

/** The whole page. */
export function renderComparisonPage(result: ComparisonResult): string {
  const { comparisons, notes } = result;
  return renderPage({
    title: titleOf(result),
    dbtestVersion: result.dbtestVersion,
    summary: renderSummary(result),
    contents: [
      ...comparisons.map(({ a, b }, i) => [`comparison-${i}`, `${b} beside ${a}`] as const),
      ['runs', 'Runs'],
      ...(notes.length > 0 ? [['notes', 'Notes'] as const] : []),
      ['configuration', 'Configuration'],
    ],
    sections: [
      ...comparisons.map((comparison, i) => renderComparison(result, comparison, i)),
      renderRuns(result),
      renderNotes(notes),
      renderConfiguration(result),
    ],
    remark:
      'Ratios are trimmed geometric means over pairs of runs, intervals are bootstrapped over the pairs, and percentiles come ' +
      'from merged HDR histograms with three significant digits.',
  });
}

const titleOf = (result: ComparisonResult): string => {
  const [, ...words] = comparisonTitle(result).split(': ');
  return `comparison, ${words.join(': ')}`;
};

function renderSummary(result: ComparisonResult): Markup {
  const { variants, comparisons, endedBy, precisionPct } = result;
  const facts: [string, string][] = [
    ...variants.map(({ label, describe, runs }): [string, string] => [
      label,
      `${describe} (${plural(runs.length, 'run')})`,
    ]),
    ['ended', COMPARISON_ENDS[endedBy]],
    ['host', describeComparisonHost(result)],
  ];
  return markup`<header><h1>${comparisonTitle(result)}</h1>
<p class="note">first run ${firstStart(variants)}, dbtest ${result.dbtestVersion}</p></header>
<section id="summary" aria-label="Summary"><ul class="verdicts">${comparisons.map((comparison) => markup`<li>${renderVerdict(comparison, precisionPct)}</li>`)}</ul>
${renderFacts(facts)}</section>
`;
}

const firstStart = (variants: readonly Variant[]): string =>
  variants
    .flatMap(({ runs }) => runs.map(({ startedAt }) => startedAt))
    .toSorted()
    .at(0) ?? 'unknown';

const SIGNS: Record<Comparison['verdict']['kind'], string> = {
  faster: '▲',
  slower: '▼',
  'no difference': '=',
  'too noisy': '?',
};

/** A sign stands beside the colour, which not everybody sees. */
const renderVerdict = (comparison: Comparison, precisionPct: number): Markup => {
  const { kind } = comparison.verdict;
  return markup`<span class="${VERDICT_TONES[kind]}"><span aria-hidden="true">${SIGNS[kind]}</span> ${verdictLine(comparison, precisionPct)}</span>`;
};

function renderComparison(result: ComparisonResult, comparison: Comparison, index: number): Markup {
  const { title, differences, metrics } = comparison;
  const scale = scaleOf(metrics);
  return markup`<section id="comparison-${index}"><h2>${title}</h2>
<p>${renderVerdict(comparison, result.precisionPct)}</p>
${renderFacts([['differs in', describeDifferences(differences)]])}
${renderPairs(result, comparison, index)}
${renderHtmlTable({
  caption: `Ratios with their intervals, medians of ${plural(comparison.pairs, 'run')} a side`,
  columns: [...metricColumns(comparison), { title: scaleText(scale), align: 'left' }],
  rows: metrics.map((metric) => [...metricCells(metric), renderInterval(metric, scale)]),
})}
<p class="note">${INTERVALS_NOTE}</p>
${renderLatencyCurves(result, comparison, index)}</section>
`;
}

const renderNotes = (notes: readonly string[]): Markup | null =>
  notes.length === 0
    ? null
    : markup`<section id="notes"><h2>Notes</h2>
<ul>${notes.map((note) => markup`<li>${note}</li>`)}</ul></section>
`;

const renderConfiguration = ({
  variants,
}: ComparisonResult): Markup => markup`<section id="configuration"><h2>Configuration</h2>
${variants.map(
  ({ label, describe, typicalRun }) =>
    markup`<details><summary>${label}: ${describe}</summary><pre>${JSON.stringify(typicalRun.config, null, 2)}</pre></details>
`,
)}</section>
`;
