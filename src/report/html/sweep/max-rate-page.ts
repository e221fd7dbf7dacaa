/** The HTML page of a search for the highest rate: the edge at each point, and what was measured at each rate. */
import type { MaxRate, MaxRateResult } from '../../../sweep/sweep.ts';
import { formatEdge, formatRate, plural } from '../../format.ts';
import { holdsText, pointText, stepsTable } from '../../sweep/max-rate-report.ts';
import { ENDS } from '../../sweep/sweep-report.ts';
import { axesText, figureText, hostText, rateText, valuesText } from '../../sweep/words.ts';
import { type Axis, linearAxis, logAxis, spanAxis } from '../axis.ts';
import { renderJudgement } from '../judgements.ts';
import { type ChartPoint, renderLineChart } from '../line-chart.ts';
import { type Markup, markup } from '../markup.ts';
import { renderPage } from '../page.ts';
import { renderFacts, renderHtmlTable } from '../table.ts';
import { compactCount } from '../throughput-section.ts';
import { highest, lowest } from '../time-series.ts';
import { notesSection } from './sweep-page.ts';

/** The whole page. */
export function renderMaxRatePage(result: MaxRateResult): string {
  const notes = notesSection(result.notes);
  return renderPage({
    title: `highest rate with ${result.config.threshold}`,
    dbtestVersion: result.dbtestVersion,
    summary: renderSummary(result),
    contents: [
      ['rates', 'Rates'],
      ...(notes === null ? [] : [['notes', 'Notes'] as const]),
      ['configuration', 'Configuration'],
    ],
    sections: [
      markup`<section id="rates"><h2>Rates</h2>\n${result.points.map((point, i) => renderPoint(result, point, i))}</section>\n`,
      notes === null ? null : markup`<section id="notes"><h2>Notes</h2>${notes}</section>\n`,
      markup`<section id="configuration"><h2>Configuration</h2>${renderConfiguration(result)}</section>\n`,
    ],
    remark: `A rate holds ${holdsText(result)}.`,
  });
}

function renderSummary({ config, points, host, endedBy }: MaxRateResult): Markup {
  const runs = points.reduce((sum, point) => sum + point.runs.length, 0);
  const end = renderJudgement({ tone: endedBy === 'plan' ? 'good' : 'doubtful', text: ENDS[endedBy] });
  return markup`<header><h1>Highest rate with ${config.threshold}</h1>
<p class="note">${plural(runs, 'run')}, on ${host.cpu}, ${plural(host.cores, 'core')}</p></header>
<section id="summary" aria-label="Summary"><ul class="judgements"><li>${end}</li></ul>
<dl class="figures">${points.map(renderFigure)}</dl></section>
`;
}

const renderFigure = ({ values, low, high, isSettled }: MaxRate): Markup =>
  markup`<div><dt>${valuesText(values) || 'Highest rate that holds'}</dt><dd><b>${low === null ? 'none' : formatRate(low)}</b> ${low === null ? '' : 'tx/s'}<small>${high === null ? 'no rate fails' : `${rateText(high)} does not`}${isSettled ? '' : '; not settled'}</small></dd></div>
`;

function renderPoint(result: MaxRateResult, point: MaxRate, place: number): Markup {
  const { columns, rows } = stepsTable(result, point);
  return markup`<p>${pointText(point)}.</p>
${rows.length < 2 ? null : renderChart(result, point, place)}${rows.length === 0 ? null : renderHtmlTable({ caption: `Every rate tried${valuesText(point.values) === '' ? '' : ` at ${valuesText(point.values)}`}`, columns, rows })}`;
}

/** What was measured over the rate that was offered, and the limit. */
function renderChart({ config }: MaxRateResult, { runs, steps }: MaxRate, place: number): Markup | null {
  const measured = runs
    .flatMap(({ rate, measured: value }): ChartPoint[] =>
      rate === null || value === null || !(value > 0)
        ? []
        : [
            {
              x: rate,
              y: value,
              xText: `${rateText(rate)} offered`,
              yText: figureText(value, config.unit),
              afterGap: false,
            },
          ],
    )
    .toSorted((left, right) => left.x - right.x);
  if (measured.length === 0) return null;
  const rates = steps.map(({ rate }) => rate);
  const range: [number, number] = [lowest(rates), highest(rates)];
  const limit = range.map((x) => ({
    x,
    y: config.limit,
    xText: `${rateText(x)} offered`,
    yText: figureText(config.limit, config.unit),
    afterGap: false,
  }));
  return renderLineChart({
    id: `max-rate-${place + 1}`,
    title: `${config.metric} over the offered rate`,
    description: measured.map(({ xText, yText }) => `${xText}: ${yText}`).join('; '),
    x: spanAxis('tx/s offered', range, 6, compactCount),
    y: axisOf(config, [...measured.map(({ y }) => y), config.limit]),
    lines: [
      { name: 'each run', points: measured, draws: 'points' },
      { name: `limit, ${config.threshold}`, points: limit },
    ],
    width: 'full',
    markEnds: false,
  });
}

function axisOf({ unit, metric }: MaxRateResult['config'], values: readonly number[]): Axis {
  if (unit === 'us') return logAxis(metric, [lowest(values), highest(values)], formatEdge);
  return linearAxis(`${metric} (${unit})`, [0, Math.max(highest(values), 1)], 5, compactCount);
}

function renderConfiguration({ config, host, dbtestVersion }: MaxRateResult): Markup {
  return renderFacts([
    ...(config.axes.length === 0 ? [] : [['varied', axesText(config.axes)] as const]),
    ['options', config.options.length === 0 ? 'defaults' : config.options.join(' ')],
    ['precision', `${config.precisionPct}%`],
    ['dbtest', dbtestVersion],
    ['host', hostText(host)],
  ]);
}
