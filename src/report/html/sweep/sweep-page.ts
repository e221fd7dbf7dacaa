/**
 * The HTML page of a sweep: what it found first, then charts over each varied number, the table, the fitted laws. Its figures
 * are those of the text report. Turns data into text; it measures and writes nothing.
 */
import type { SweepPoint, SweepResult } from '../../../sweep/sweep.ts';
import { formatFixed, formatRate, plural } from '../../format.ts';
import { ENDS } from '../../sweep/sweep-report.ts';
import { sweepTable } from '../../sweep/sweep-table.ts';
import { axesText, crossoverText, fitRows, fitTitle, hostText, valuesText } from '../../sweep/words.ts';
import { renderJudgement } from '../judgements.ts';
import { type Markup, markup } from '../markup.ts';
import { renderPage } from '../page.ts';
import { renderFacts, renderHtmlTable } from '../table.ts';
import { bar, crossoverChart, drawnAxes, tailChart, throughputChart } from './sweep-charts.ts';

/** The whole page. */
export function renderSweepPage(result: SweepResult): string {
  const sections: [id: string, title: string, body: Markup | null][] = [
    ['throughput', 'Throughput', throughputSection(result)],
    ['latency', 'Latency', latencySection(result)],
    ['scalability', 'Scalability', scalabilitySection(result)],
    ['crossover', 'One shard and several', crossoverSection(result)],
    ['notes', 'Notes', notesSection(result.notes)],
    ['configuration', 'Configuration', configurationSection(result)],
  ];
  const present = sections.filter(([, , body]) => body !== null);
  return renderPage({
    title: `sweep over ${axesText(result.config.axes)}`,
    dbtestVersion: result.dbtestVersion,
    summary: renderSummary(result),
    contents: present.map(([id, title]) => [id, title] as const),
    sections: present.map(([id, title, body]) => markup`<section id="${id}"><h2>${title}</h2>\n${body}</section>\n`),
    remark: 'Points are medians of their runs, which were made in alternating order.',
  });
}

function renderSummary(result: SweepResult): Markup {
  const { config, points, host, endedBy } = result;
  const runs = points.reduce((sum, point) => sum + point.runs.length, 0);
  const started = points.flatMap((point) => point.runs.map(({ startedAt }) => startedAt)).sort()[0] ?? '';
  const end = renderJudgement({ tone: endedBy === 'plan' ? 'good' : 'doubtful', text: ENDS[endedBy] });
  return markup`<header><h1>Sweep over ${axesText(config.axes)}</h1>
<p class="note">${started}, ${plural(runs, 'run')} of ${plural(points.length, 'combination')}, on ${host.cpu}, ${plural(host.cores, 'core')}</p></header>
<section id="summary" aria-label="Summary"><ul class="judgements"><li>${end}</li></ul>
<dl class="figures">${figuresOf(result).map(renderFigure)}</dl></section>
`;
}

interface SummaryFigure {
  label: string;
  value: string;
  unit: string;
  more: string;
}

const renderFigure = ({ label, value, unit, more }: SummaryFigure): Markup =>
  markup`<div><dt>${label}</dt><dd><b>${value}</b> ${unit}<small>${more}</small></dd></div>
`;

/** More than these say less. */
const MOST_FIGURES = 6;

function figuresOf({ points, fits, crossover }: SweepResult): SummaryFigure[] {
  const throughputOf = ({ median }: SweepPoint): number => median['throughput'] ?? 0;
  const best = points.toSorted((left, right) => throughputOf(right) - throughputOf(left))[0];
  const figures: SummaryFigure[] = [];
  if (best !== undefined) {
    figures.push({
      label: 'Highest throughput',
      value: formatRate(throughputOf(best)),
      unit: 'tx/s',
      more: valuesText(best.values),
    });
  }
  for (const { axis, shards, values, verdict, sharePct } of crossover) {
    figures.push({
      label: `${shards} shards no faster than one`,
      value:
        sharePct === null ? (verdict === 'faster at every share' ? 'at none' : 'at every') : formatFixed(sharePct, 1),
      unit: sharePct === null ? 'share measured' : '%',
      more: [axis, valuesText(values)].filter((part) => part !== '').join(', '),
    });
  }
  for (const { axis, values, peakN } of fits) {
    figures.push({
      label: 'Point of diminishing return',
      value: peakN === null ? 'none' : formatFixed(peakN, 1),
      unit: peakN === null ? '' : axis,
      more: [`fitted over ${axis}`, valuesText(values)].filter((part) => part !== '').join(', '),
    });
  }
  return figures.slice(0, MOST_FIGURES);
}

function throughputSection(result: SweepResult): Markup {
  const axes = drawnAxes(result);
  const { columns, rows } = sweepTable(result);
  const most = Math.max(...result.points.map(({ median }) => median['throughput'] ?? 0));
  const table = renderHtmlTable({
    caption: 'Medians of the runs of each combination',
    columns: axes.length > 0 ? columns : [...columns, { title: 'throughput', align: 'left' }],
    rows:
      axes.length > 0 ? rows : rows.map((row, i) => [...row, bar(result.points[i]?.median['throughput'] ?? 0, most)]),
  });
  return markup`${axes.map((axis) => throughputChart(result, axis))}${table}`;
}

function latencySection(result: SweepResult): Markup | null {
  const charts = drawnAxes(result).flatMap((axis) => tailChart(result, axis) ?? []);
  return charts.length === 0 ? null : markup`${charts}`;
}

function scalabilitySection({ fits }: SweepResult): Markup | null {
  if (fits.length === 0) return null;
  return markup`<p class="note">The universal scalability law, X(N) = λN / (1 + σ(N−1) + κN(N−1)), fitted to every run by non-linear least squares.</p>
${fits.map(
  (fit) =>
    markup`${renderHtmlTable({
      caption: fitTitle(fit),
      columns: [
        { title: 'coefficient', align: 'left' },
        { title: 'fitted', align: 'right' },
        { title: '95% interval', align: 'right' },
      ],
      rows: fitRows(fit),
    })}${fit.remarks.map((remark) => markup`<p class="note">${remark}</p>`)}`,
)}`;
}

function crossoverSection({ crossover }: SweepResult): Markup | null {
  if (crossover.length === 0) return null;
  const axes = [...new Set(crossover.map(({ axis }) => axis))];
  return markup`<ul>${crossover.map((each) => markup`<li>${crossoverText(each)}</li>`)}</ul>
${axes.map((axis) =>
  crossoverChart(
    axis,
    crossover.filter((each) => each.axis === axis),
  ),
)}`;
}

export const notesSection = (notes: readonly string[]): Markup | null =>
  notes.length === 0 ? null : markup`<ul>${notes.map((note) => markup`<li>${note}</li>`)}</ul>`;

function configurationSection({ config, host, dbtestVersion }: SweepResult): Markup {
  return renderFacts([
    ['varied', axesText(config.axes)],
    ['options', config.options.length === 0 ? 'defaults' : config.options.join(' ')],
    ['repetitions', `${config.repeat}, seeds from ${config.seed}`],
    ['dbtest', dbtestVersion],
    ['host', hostText(host)],
  ]);
}
