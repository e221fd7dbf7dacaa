/** Every run that the comparison is made of. */
import type { ComparisonResult, Variant, VariantRun } from '../../../compare/comparison.ts';
import { formatLatency, formatRate, NO_VALUE, plural } from '../../format.ts';
import { type Markup, markup } from '../markup.ts';
import { type HtmlColumn, renderHtmlTable } from '../table.ts';

/** More rows than this are folded. */
const ROWS_SHOWN = 40;

export function renderRuns({ variants }: ComparisonResult): Markup {
  const pairs = Math.max(0, ...variants.map(({ runs }) => runs.length));
  const right = (title: string): HtmlColumn => ({ title, align: 'right' });
  const table = renderHtmlTable({
    caption: `${plural(pairs, 'run')} of each side, in the order of the pairs`,
    columns: [
      { title: 'pair', align: 'left' },
      right('seed'),
      ...variants.flatMap(({ label }) => [right(`${label}\ntx/s`), right(`${label}\np50`), right(`${label}\np99`)]),
      { title: 'remarks', align: 'left' },
    ],
    rows: Array.from({ length: pairs }, (_, i) => [
      String(i + 1),
      seedsOf(variants, i),
      ...variants.flatMap(({ runs }) => figuresOf(runs[i])),
      wrapped(variants.flatMap(({ label, runs }) => remarksOn(label, runs[i]))),
    ]),
  });
  const content = pairs > ROWS_SHOWN ? markup`<details><summary>All runs</summary>${table}</details>` : table;
  return markup`<section id="runs"><h2>Runs</h2>
${content}</section>
`;
}

const wrapped = (remarks: readonly string[]): Markup | null =>
  remarks.length === 0 ? null : markup`<span class="text">${remarks.join(', ')}</span>`;

const seedsOf = (variants: readonly Variant[], i: number): string =>
  [...new Set(variants.map(({ runs }) => runs[i]?.seed ?? NO_VALUE))].join(', ');

const figuresOf = (run: VariantRun | undefined): string[] => [
  formatRate(run?.figures['throughput']),
  ...['p50', 'p99'].map((key) => {
    const value = run?.figures[key] ?? null;
    return value === null ? NO_VALUE : formatLatency(value);
  }),
];

function remarksOn(label: string, run: VariantRun | undefined): string[] {
  if (run === undefined) return [];
  return [
    ...(run.endedBy === 'runtime' ? [] : [`${label} ended early (${run.endedBy})`]),
    ...(run.consistent === false ? [`${label} inconsistent`] : []),
    ...(run.consistent === null ? [`${label} not checked`] : []),
  ];
}
