/** The text report of a sweep: a row for each point, then what laws and crossings say. */
import type { ScalabilityFit, SweepEnd, SweepResult } from '../../sweep/sweep.ts';
import { plural } from '../format.ts';
import { renderTable } from '../plain-table.ts';
import { labelled, paint, type ReportStyle, wrap } from '../style.ts';
import { sweepTable } from './sweep-table.ts';
import { axesText, crossoverText, fitRows, fitTitle, hostText } from './words.ts';

export const ENDS: Record<SweepEnd, string> = {
  plan: 'all planned runs were made',
  interrupt: 'interrupted',
  fault: 'a run failed; these are the runs before it',
};

/** The whole report, ending in a newline. */
export function renderSweep(result: SweepResult, style: ReportStyle): string {
  const { config, points, fits, crossover, notes, host, endedBy } = result;
  const { columns, rows } = sweepTable(result);
  const runs = points.reduce((sum, point) => sum + point.runs.length, 0);
  const lines = [
    paint(style, 'heading', `Sweep: ${axesText(config.axes)}`),
    ...labelled(style, 'options', config.options.length === 0 ? 'defaults' : config.options.join(' ')),
    ...labelled(style, 'runs', `${plural(runs, 'run')}, ${config.repeat} planned of each; ${ENDS[endedBy]}`),
    ...labelled(style, 'host', hostText(host)),
    '',
    ...renderTable(style, columns, rows),
    ...fits.flatMap((fit) => ['', ...renderFit(style, fit)]),
    ...(crossover.length === 0 ? [] : ['', paint(style, 'heading', 'One shard and several')]),
    ...crossover.flatMap((each) => wrap(style, crossoverText(each), '  ', '    ')),
    ...renderNotes(style, notes),
  ];
  return `${lines.join('\n')}\n`;
}

export const renderNotes = (style: ReportStyle, notes: readonly string[]): string[] =>
  notes.length === 0
    ? []
    : ['', paint(style, 'heading', 'Notes'), ...notes.flatMap((note) => wrap(style, note, '  - ', '    '))];

function renderFit(style: ReportStyle, fit: ScalabilityFit): string[] {
  return [
    paint(style, 'heading', `${fitTitle(fit)}: X(N) = lambda N / (1 + sigma (N-1) + kappa N (N-1))`),
    ...renderTable(
      style,
      [
        { title: 'coefficient', align: 'left' },
        { title: 'fitted', align: 'right' },
        { title: '95% interval', align: 'right' },
      ],
      fitRows(fit),
    ),
    ...fit.remarks.flatMap((remark) => wrap(style, remark, '  - ', '    ')),
  ];
}
