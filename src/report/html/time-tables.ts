/** What a shard's transactions and workers spent their time on: the figures of the console's table, with stacked bars. */
import type { ShardResult } from '../../bench/result.ts';
import { formatFixed } from '../format.ts';
import { KINDS, timeCells, timeRows, WORKER_KINDS } from '../time-shares-table.ts';
import { type Markup, markup } from './markup.ts';
import { type HtmlColumn, renderHtmlTable } from './table.ts';

/** Places of the colours in the stylesheet: what is work is of the same colour in both tables. */
const TRANSACTION_COLOURS = [0, 1, 3, 6, 4];
const WORKER_COLOURS = [0, 2, 6];

/** Nothing for an earlier result. */
export function renderTimes(shard: ShardResult): Markup {
  return markup`${renderTransactionTimes(shard)}${renderWorkers(shard)}`;
}

function renderTransactionTimes(shard: ShardResult): Markup | null {
  const rows = timeRows(shard);
  if (rows.length === 0) return null;
  return markup`${renderHtmlTable({
    caption: `Where the time of the transactions of shard ${shard.shardId} went`,
    columns: columnsOf(
      '% of the latency',
      KINDS.map(({ title }) => title),
    ),
    rows: rows.map(({ name, times }) => [
      name,
      ...timeCells(times),
      stackedBar(
        KINDS.map(({ key }) => times[key] ?? 0),
        TRANSACTION_COLOURS,
      ),
    ]),
  })}${legend(
    KINDS.map(({ name }) => name),
    TRANSACTION_COLOURS,
  )}`;
}

function renderWorkers({ shardId, workers }: ShardResult): Markup | null {
  if (workers === undefined || workers.length === 0) return null;
  return markup`${renderHtmlTable({
    caption: `What the workers of shard ${shardId} spent their time on`,
    columns: columnsOf('% of the time', ['own', 'messages', 'idle']),
    rows: workers.map((worker, i) => {
      const pcts = WORKER_KINDS.map(({ key }) => worker[key]);
      return [`worker ${shardId}.${i}`, ...pcts.map((pct) => formatFixed(pct, 1)), stackedBar(pcts, WORKER_COLOURS)];
    }),
  })}${legend(
    WORKER_KINDS.map(({ name }) => name),
    WORKER_COLOURS,
  )}`;
}

const columnsOf = (first: string, titles: readonly string[]): HtmlColumn[] => [
  { title: first, align: 'left' },
  ...titles.map((title): HtmlColumn => ({ title, align: 'right' })),
  { title: '', align: 'left' },
];

/** Parts of a hundred beside each other; the cells beside it have the numbers. */
function stackedBar(pcts: readonly number[], colours: readonly number[]): Markup {
  let from = 0;
  const parts = pcts.map((pct, i) => {
    const x = from;
    from += pct;
    return pct === 0
      ? null
      : markup`<rect class="f${colours[i] ?? 0}" x="${x.toFixed(2)}" width="${pct.toFixed(2)}" height="10"/>`;
  });
  return markup`<svg class="stack" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">${parts}</svg>`;
}

const legend = (names: readonly string[], colours: readonly number[]): Markup =>
  markup`<div class="legend"><ul>${names.map((name, i) => markup`<li><svg class="swatch" viewBox="0 0 10 10" aria-hidden="true"><rect class="f${colours[i] ?? 0}" width="10" height="10"/></svg><span>${name}</span></li>`)}</ul></div>
`;
