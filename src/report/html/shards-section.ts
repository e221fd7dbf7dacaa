/** Each shard of the process: its transactions, their latency by percentile, its histogram, and what its threads counted. */
import type { LatencyBucket, RunResult, ShardResult } from '../../bench/result.ts';
import { formatCount, formatEdge, formatPct, formatRate } from '../format.ts';
import { describeShard, sendsMessages } from '../headline.ts';
import { describeCounters, describeDrops } from '../message-counters.ts';
import { renderCurves } from './latency-section.ts';
import { type Markup, markup } from './markup.ts';
import { renderFacts, renderHtmlTable } from './table.ts';
import { highest } from './time-series.ts';
import { renderTimes } from './time-tables.ts';
import { renderTransactions } from './transactions.ts';

/** With more of them a page that shows everything is too long to find anything. */
const MOST_OPEN = 2;

export function renderShards(result: RunResult): Markup {
  const { shards } = result;
  return markup`<section id="shards"><h2>${shards.length === 1 ? 'The shard' : 'Each shard'}</h2>
${shards.map((shard) => renderShard(result, shard, shards.length <= MOST_OPEN))}</section>
`;
}

function renderShard(result: RunResult, shard: ShardResult, open: boolean): Markup {
  const { shardId } = shard;
  const drops = describeDrops(shard.counters);
  const counters = sendsMessages(result) ? describeCounters(shard.counters) : [];
  const facts = counters.map(({ label, text, doubtful }) => {
    return [label, doubtful ? markup`<strong class="doubtful">${text}</strong>` : text] as const;
  });
  return markup`<details${open ? markup` open` : null}><summary><h3>Shard ${shardId}: ${formatRate(shard.throughputTps)} tx/s, ${formatPct(shard.crossShardPct)}% cross-shard</h3></summary>
<p class="note">This shard: ${describeShard(result, shard)}.</p>
${drops === null ? null : markup`<p class="bad">${drops}</p>`}
${renderTransactions(`Transactions of shard ${shardId}`, shard)}
${renderCurves(`shard-${shardId}-curves`, `Shard ${shardId}: latency of each transaction`, Object.values(shard.transactions), 'full')}
${histogram(shardId, shard.histogram)}
${renderTimes(shard)}
${facts.length === 0 ? null : renderFacts(facts)}</details>
`;
}

function histogram(shardId: number, buckets: readonly LatencyBucket[]): Markup | null {
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return null;
  const fullest = highest(buckets.map(({ count }) => count));
  return renderHtmlTable({
    caption: `Latency of the ${formatCount(total)} transactions completed by shard ${shardId}`,
    columns: [
      { title: 'from', align: 'left' },
      { title: 'below', align: 'right' },
      { title: 'count', align: 'right' },
      { title: '%', align: 'right' },
      { title: '', align: 'left' },
    ],
    rows: buckets.map(({ fromUs, toUs, count }) => [
      formatEdge(fromUs),
      formatEdge(toUs),
      formatCount(count),
      formatPct((100 * count) / total),
      bar(count, fullest),
    ]),
  });
}

/** A bucket that holds anything shows a sliver at least. */
function bar(count: number, fullest: number): Markup {
  const length = count === 0 ? 0 : Math.max(0.5, (100 * count) / fullest);
  return markup`<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect width="${length.toFixed(1)}" height="10"/></svg>`;
}
