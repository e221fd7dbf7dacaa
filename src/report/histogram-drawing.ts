/** A latency histogram drawn in text: a line a bucket with its count, its share, the share so far, and a bar. */
import type { LatencyBucket } from '../bench/result.ts';
import { formatCount, formatEdge, formatPct } from './format.ts';
import type { ReportStyle } from './style.ts';

/** Bars beyond this say no more. */
const LONGEST_BAR = 60;

/** Eighths of a character cell, from the left. */
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** Lines of the drawing, head included; a bucket that holds anything shows a sliver at least. */
export function drawHistogram(style: ReportStyle, buckets: readonly LatencyBucket[]): string[] {
  const total = buckets.reduce((sum, bucket) => sum + bucket.count, 0);
  if (total === 0) return ['  nothing completed'];
  const fullest = Math.max(...buckets.map((bucket) => bucket.count));
  const from = column(
    'from',
    buckets.map((bucket) => formatEdge(bucket.fromUs)),
  );
  const to = column(
    'below',
    buckets.map((bucket) => formatEdge(bucket.toUs)),
  );
  const count = column(
    'count',
    buckets.map((bucket) => formatCount(bucket.count)),
  );
  const share = column(
    '%',
    buckets.map((bucket) => formatPct((100 * bucket.count) / total)),
  );
  const soFar = column('cumulative %', cumulativePct(buckets, total));
  const text = from.map((_, line) => `  ${from[line]}  ${to[line]}  ${count[line]}  ${share[line]}  ${soFar[line]}`);
  const room = Math.max(1, Math.min(LONGEST_BAR, style.width - (text[0] as string).length - 2));
  return text.map((line, i) => {
    const bucket = buckets[i - 1];
    return bucket === undefined ? line : `${line}  ${bar(bucket.count, fullest, room)}`.trimEnd();
  });
}

/** The head and the cells, padded to one width. */
function column(head: string, cells: readonly string[]): string[] {
  const width = Math.max(head.length, ...cells.map((cell) => cell.length));
  return [head, ...cells].map((cell) => cell.padStart(width));
}

function cumulativePct(buckets: readonly LatencyBucket[], total: number): string[] {
  let soFar = 0;
  return buckets.map((bucket) => {
    soFar += bucket.count;
    const percent = (100 * soFar) / total;
    // Rounding must not say that everything is counted while something is left.
    return formatPct(soFar < total ? Math.min(percent, 99.99) : 100);
  });
}

function bar(count: number, fullest: number, room: number): string {
  if (count === 0) return '';
  const eighths = Math.max(1, Math.round((count / fullest) * room * 8));
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
}
