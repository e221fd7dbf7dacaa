/** The shards of this process in the last second: a row each, and one for all of them together. */
import type { MeasurementProgress, SecondFigures } from '../../bench/run-events.ts';
import { formatBytes, formatFixed, formatLatencyIn, formatPct, NO_VALUE, timeUnitFor } from '../format.ts';
import { renderTable, type TableColumn, widthOf } from '../plain-table.ts';
import type { ReportStyle } from '../style.ts';

/** One unit for the whole table and the whole run, so that rows and refreshes compare digit by digit. */
const LATENCY_UNIT = timeUnitFor(1);

/** A figure of the table. Cells have a least width, so that columns stay in their place from one second to the next. */
interface Figure {
  title: string;
  width: number;
  text(figures: SecondFigures): string;
}

/** The most important first: what does not fit is left out from the end. */
const FIGURES: readonly Figure[] = [
  { title: 'tx/s', width: 9, text: ({ throughputTps }) => wholeFromHundred(throughputTps) },
  {
    title: `p50 ${LATENCY_UNIT.name}`,
    width: 8,
    text: ({ latencyUs }) => formatLatencyIn(latencyUs?.p50, LATENCY_UNIT),
  },
  {
    title: `p99 ${LATENCY_UNIT.name}`,
    width: 9,
    text: ({ latencyUs }) => formatLatencyIn(latencyUs?.p99, LATENCY_UNIT),
  },
  { title: 'conflicts/s', width: 11, text: ({ conflictAbortsTps }) => wholeFromHundred(conflictAbortsTps) },
  { title: 'cross-shard %', width: 13, text: ({ crossShardPct }) => formatPct(crossShardPct) },
  {
    title: 'memory',
    width: 9,
    text: ({ engineBytes }) => (engineBytes === 0 ? NO_VALUE : formatBytes(engineBytes)),
  },
];

/** Decimals that come and go with every second are hard to read; slow runs need them. */
function wholeFromHundred(value: number | null): string {
  return formatFixed(value, (value ?? 0) < 100 ? 1 : 0);
}

/** The head and the rule below it. */
const HEAD_LINES = 2;

/**
 * Lines of the table, none of them wider than the style; no line where not even one figure fits.
 * @param height lines that there may be; shards beyond it become one line, `… and 3 more`
 */
export function shardLines({ shards, total }: MeasurementProgress, style: ReportStyle, height: number): string[] {
  const totals = shards.length > 1 ? [{ name: 'all', figures: total }] : [];
  const room = height - HEAD_LINES - totals.length;
  const shown = Math.max(0, shards.length <= room ? shards.length : room - 1);
  if (room < 0 || shown + totals.length === 0) return [];
  const rows = [...shards.slice(0, shown).map((shard) => ({ name: String(shard.shardId), figures: shard })), ...totals];
  const lines = fittingTable(style, rows);
  const more = `  … and ${shards.length - shown} more`;
  const saysMore = shown > 0 && shown < shards.length && lines.length > 0 && more.length <= style.width;
  return saysMore ? lines.toSpliced(-1, 0, more) : lines;
}

/** With as many figures as the style has room for. */
function fittingTable(style: ReportStyle, rows: readonly { name: string; figures: SecondFigures }[]): string[] {
  for (let count = FIGURES.length; count > 0; count--) {
    const shown = FIGURES.slice(0, count);
    const columns: TableColumn[] = [
      { title: 'shard', align: 'left' },
      ...shown.map(({ title, width }): TableColumn => ({ title: title.padStart(width), align: 'right' })),
    ];
    const cells = rows.map(({ name, figures }) => [name, ...shown.map(({ text }) => text(figures))]);
    const lines = renderTable(style, columns, cells);
    if (widthOf(lines) <= style.width) return lines;
  }
  return [];
}
