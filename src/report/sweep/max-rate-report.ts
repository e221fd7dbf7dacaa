/** The text report of a search for the highest rate. */
import type { MaxRate, MaxRateResult } from '../../sweep/sweep.ts';
import { formatRate, NO_VALUE, plural } from '../format.ts';
import { renderTable, type TableColumn } from '../plain-table.ts';
import { labelled, paint, type ReportStyle, wrap } from '../style.ts';
import { ENDS, renderNotes } from './sweep-report.ts';
import { axesText, edgesText, figureText, hostText, valuesText } from './words.ts';

/** The whole report, ending in a newline. */
export function renderMaxRate(result: MaxRateResult, style: ReportStyle): string {
  const { config, points, host, endedBy, notes } = result;
  const runs = points.reduce((sum, point) => sum + point.runs.length, 0);
  const lines = [
    paint(style, 'heading', `Highest rate with ${config.threshold}`),
    ...(config.axes.length === 0 ? [] : labelled(style, 'varied', axesText(config.axes))),
    ...labelled(style, 'options', config.options.length === 0 ? 'defaults' : config.options.join(' ')),
    ...labelled(style, 'runs', `${plural(runs, 'run')}; ${ENDS[endedBy]}`),
    ...labelled(style, 'host', hostText(host)),
    ...labelled(style, 'a rate holds', holdsText(result)),
    ...points.flatMap((point) => ['', ...renderPoint(style, result, point)]),
    ...renderNotes(style, notes),
  ];
  return `${lines.join('\n')}\n`;
}

/** When a rate counts as held. */
export const holdsText = ({ config }: MaxRateResult): string =>
  `if most of its runs (up to ${config.repeat} near the edge) keep the threshold and complete at least ${config.leastAchievedPct}% of the rate`;

function renderPoint(style: ReportStyle, result: MaxRateResult, point: MaxRate): string[] {
  const { columns, rows } = stepsTable(result, point);
  return [
    ...wrap(style, pointText(point), '', '  ').map((line) => paint(style, 'heading', line)),
    ...(rows.length === 0 ? [] : renderTable(style, columns, rows)),
  ];
}

/** `shards 2: the highest rate lies between ...`. */
export function pointText(point: MaxRate): string {
  const where = valuesText(point.values);
  const text = edgesText(point);
  return where === '' ? `${text.charAt(0).toUpperCase()}${text.slice(1)}` : `${where}: ${text}`;
}

/** A row for each rate, ascending: every run's figure, and what they come to. */
export function stepsTable(
  { config }: MaxRateResult,
  { steps, runs }: MaxRate,
): { columns: TableColumn[]; rows: string[][] } {
  const right = (title: string): TableColumn => ({ title, align: 'right' });
  return {
    columns: [
      { title: 'offered tx/s', align: 'left' },
      right('completed tx/s'),
      right(`${config.metric} of each run`),
      right('verdict'),
    ],
    rows: steps.map(({ rate, holds, kept, missed }) => {
      const its = runs.filter((run) => run.rate === rate);
      const completed = its.length === 0 ? NO_VALUE : its.map(({ achievedTps }) => formatRate(achievedTps)).join(', ');
      const measured = its.map((run) => figureText(run.measured, config.unit)).join(', ');
      const votes = kept + missed > 1 ? ` (${holds ? kept : missed} of ${kept + missed})` : '';
      return [formatRate(rate), completed, measured, `${holds ? 'holds' : 'fails'}${votes}`];
    }),
  };
}
