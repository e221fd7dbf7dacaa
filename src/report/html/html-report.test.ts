import { beforeAll, describe, expect, it } from 'vitest';
import type { ChaosCount } from '../../bench/chaos/chaos-counts.ts';
import type { LatencySummary, RunResult, ShardResult, TransactionResult } from '../../bench/result.ts';
import { renderAuditTable } from '../audit-table.ts';
import { formatLatency } from '../format.ts';
import { renderShardsTable } from '../shards-table.ts';
import { FAILED_CONDITION, sampleResult } from '../testing/sample-result.ts';
import { renderTimeShares, timeRows } from '../time-shares-table.ts';
import { renderTransactionTable } from '../transaction-table.ts';
import { renderHtmlReport } from './html-report.ts';
import { longResult } from './testing/long-result.ts';

const SIZE_BYTES_MAX = 3e6;
const VOID_ELEMENTS = new Set(['meta', 'br', 'path', 'rect', 'circle']);

let result: RunResult;
let page: string;
beforeAll(() => {
  result = sampleResult();
  page = renderHtmlReport(result);
});

const textOf = (html: string): string =>
  html
    .replace(/<(style|script|title)[ >][\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

const withoutSpaces = (text: string): string => text.replace(/\s+/g, '');

/** The rows of all tables as their text. */
const rowsOf = (html: string): Set<string> =>
  new Set([...html.matchAll(/<tr>([\s\S]*?)<\/tr>/g)].map(([, row]) => withoutSpaces(textOf(row as string))));

/** Rows of a console table, without its head. */
const consoleRows = (lines: string[]): string[] =>
  lines
    .slice(lines.findIndex((line) => line.includes('──')) + 1)
    .map(withoutSpaces)
    .filter((line) => line !== '');

/** Every element is closed by its own end tag. */
function expectBalanced(html: string): void {
  const open: string[] = [];
  const markup = html.replace(/<(style|script)([ >])[\s\S]*?<\/\1>/g, '');
  for (const [, end, name = '', empty] of markup.matchAll(/<(\/?)([a-z0-9]+)[^>]*?(\/?)>/g)) {
    if (empty === '/' || VOID_ELEMENTS.has(name)) continue;
    if (end === '') open.push(name);
    else expect(open.pop()).toBe(name);
  }
  expect(open).toEqual([]);
}

describe('the HTML report', () => {
  it('is one well-formed page that asks for nothing', () => {
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expectBalanced(page);
    expect(page).not.toMatch(/(src|href)=["']?(?!#|"#)/);
    expect(page).not.toMatch(/https?:|@import|url\(/);
    expect(page).not.toMatch(/undefined|NaN|Infinity|\[object/);
    expect(page).not.toMatch(/ style=| on[a-z]+=/);
    const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, targets = ''] of page.matchAll(/(?:aria-labelledby|href)="#?([^"]*)"/g)) {
      for (const target of targets.split(' ')) expect(ids).toContain(target);
    }
  });

  it('has its sections in order, and charts with titles and descriptions', () => {
    const sections = [...page.matchAll(/<section id="([a-z]+)"/g)].map(([, id]) => id);
    expect(sections).toEqual([
      ...['summary', 'throughput', 'latency', 'locality', 'shards', 'audit', 'consistency', 'deviations'],
      'configuration',
    ]);
    const charts = [...page.matchAll(/<figure class="chart[^"]*" id="([^"]*)"/g)].map(([, id]) => id);
    expect(charts).toEqual([
      ...['throughput-sum', 'throughput-shards', 'latency-shards', 'latency-curves', 'locality-0', 'locality-1'],
      ...['shard-0-curves', 'shard-1-curves'],
    ]);
    const drawings = [...page.matchAll(/<svg[^>]* role="img"[\s\S]*?<\/svg>/g)].map(([drawing]) => drawing);
    expect(drawings.length).toBeGreaterThanOrEqual(charts.length);
    for (const drawing of drawings) {
      expect(drawing).toMatch(/<title [^>]*>[^<]+<\/title><desc [^>]*>[^<]{20,}<\/desc>/);
      expect(drawing).toMatch(/<path class="line s0" d="M[0-9]/);
    }
  });

  it('shows trouble on purpose: what was done, and when', () => {
    expect(page).not.toContain('id="chaos"');
    const chaos: ChaosCount[] = [
      { spec: 'pause:worker,for=1s,rate=2', kind: 'pause', count: 2, totalMs: 2001, firstMs: 450, lastMs: 12_345 },
      { spec: 'kill:process,at=9s', kind: 'kill', count: 0, totalMs: 0 },
    ];
    const troubled = renderHtmlReport({ ...result, chaos });
    expectBalanced(troubled);
    expect(troubled).toContain('<li><a href="#chaos">Trouble on purpose</a></li>');
    expect([...rowsOf(troubled)]).toEqual(
      expect.arrayContaining([
        'pause:worker,for=1s,rate=220.45s12.3s2pausesofworkers,2.00sinall',
        'kill:process,at=9s0--didnothappen',
      ]),
    );
  });

  it('has nothing of TPC-C where another workload ran', () => {
    const config = { ...result.config, workload: { ...result.config.workload, name: 'bank' } };
    const text = textOf(renderHtmlReport({ ...result, config, deviations: [] }));
    expect(text).not.toMatch(/tpmC|efficiency|from the specification/);
    expect(textOf(page)).toMatch(/tpmC[\s\S]*Deviations from the specification[\s\S]*efficiency/);
  });

  it('tells lines apart by dash too', () => {
    const keys = [...page.matchAll(/<svg class="key"[^>]*><path class="line s(\d)"([^/]*?) d=/g)];
    const looks = new Map(keys.map(([, colour, dash]) => [colour, dash]));
    expect(looks.size).toBeGreaterThan(4);
    expect(looks.get('0')).not.toBe(looks.get('1'));
  });

  it('has the rows of the console tables', () => {
    const rows = rowsOf(page);
    const style = { colour: false, width: 1000 };
    const expected = [
      ...result.shards.flatMap((shard) => consoleRows(renderTransactionTable(style, shard))),
      ...consoleRows(renderShardsTable(style, result)),
      ...consoleRows(renderAuditTable(style, result.audit)).filter((row) => !row.startsWith('toofew')),
    ];
    expect(expected.length).toBeGreaterThan(30);
    for (const row of expected) expect([...rows]).toContain(row);
  });

  it('stacks what transactions and workers spent their time on, in bars as long as the figures beside them', () => {
    const style = { colour: false, width: 1000 };
    const expected = result.shards.flatMap((shard) => consoleRows(renderTimeShares(style, shard)));
    const rows = [...rowsOf(page)];
    for (const row of expected.filter((line) => /\d\.\d$/.test(line))) expect(rows).toContain(row);
    const bars = [...page.matchAll(/<svg class="stack"[\s\S]*?<\/svg>/g)].map(([bar]) => bar);
    const perShard = timeRows(result.shards[0] as ShardResult).length + 2;
    expect(bars).toHaveLength(2 * perShard);
    for (const bar of bars) {
      const widths = [...bar.matchAll(/ width="([\d.]+)"/g)].map(([, width]) => Number(width));
      expect(widths.reduce((total, width) => total + width, 0)).toBeCloseTo(100, 1);
    }
    expect(page).toContain('>worker 1.0<');
    const { timeShares, workers, ...earlier } = result.shards[0] as ShardResult;
    expect([timeShares, workers]).not.toContain(undefined);
    expect(renderHtmlReport({ ...result, shards: [earlier] })).not.toContain('class="stack"');
  });

  it('draws the percentiles of the summaries', () => {
    const { payment: transaction } = result.totals.transactions as Record<string, TransactionResult>;
    const latencyUs = transaction?.latencyUs;
    expect(page).toContain(
      `Payment: p50 ${formatLatency(latencyUs?.p50 ?? 0)}, p99 ${formatLatency(latencyUs?.p99 ?? 0)}, max ${formatLatency(latencyUs?.max ?? 0)}`,
    );
    const [readings] = page.split('id="latency-curves"')[1]?.match(/{"xs".*?(?=<\/script>)/) ?? [];
    const { xs, lines } = JSON.parse(readings ?? '') as { xs: string[]; lines: { x: number; y: string }[] };
    const payment = lines[1] as { x: number; y: string };
    const place = (xs[payment.x] ?? '').split('|').indexOf('p99.9');
    expect(payment.y.split('|')[place]).toBe(formatLatency(latencyUs?.p999 ?? 0));
  });

  it('is the same for a result that was written and read back', () => {
    expect(renderHtmlReport(JSON.parse(JSON.stringify(result)) as RunResult)).toBe(page);
  });

  it('shows names that users give as text, wherever they stand', () => {
    const nasty = `</script><script>alert("1")</script><img src=x onerror=alert(2)>'&`;
    const copy = structuredClone(result);
    Object.assign(copy.config.cluster, { source: nasty });
    for (const shard of copy.config.cluster.shards) shard.host = nasty;
    copy.config.workload = { name: nasty, moduleUrl: nasty, options: { [nasty]: 1 } };
    copy.host.cpu = nasty;
    copy.dbtestVersion = nasty;
    copy.startedAt = nasty;
    copy.deviations = [nasty];
    copy.consistency.conditions = [{ ...FAILED_CONDITION, id: nasty, title: nasty, violations: [nasty] }];
    copy.consistency.passed = false;
    for (const row of copy.audit) Object.assign(row, { name: nasty, unit: nasty, verdict: nasty });
    for (const { transactions } of [...copy.shards, copy.totals]) {
      for (const transaction of Object.values(transactions ?? {})) transaction.title = nasty;
    }
    const shown = renderHtmlReport(copy);
    expectBalanced(shown);
    expect(shown).not.toMatch(/<img|<script>alert/);
    expect(textOf(shown).split(nasty).length).toBeGreaterThan(12);
  });

  it('stays small for ten minutes of eight shards', () => {
    const shown = renderHtmlReport(longResult());
    expect(Buffer.byteLength(shown)).toBeLessThan(SIZE_BYTES_MAX);
    expectBalanced(shown);
    expect(shown.match(/<details/g)?.length).toBe(9);
    expect(shown).not.toContain('<details open');
  });

  it('shows more shards than colours as lowest, median and highest, in bounded space', () => {
    const many = longResult(2, 60);
    const series = Array.from({ length: 40 }, (_, shardId) =>
      many.series.map((point) => ({ ...point, shardId })),
    ).flat();
    const shown = renderHtmlReport({ ...many, series });
    expect(shown).toContain('Throughput of each shard, 40 shards as lowest, median and highest');
    expect(shown).toContain('median shard');
  });
});

describe('the HTML report of another run', () => {
  it('says what failed first', () => {
    const failed = sampleResult({
      endedBy: 'memory-limit',
      consistency: { passed: false, checkSeconds: 1, conditions: [FAILED_CONDITION] },
    });
    for (const shard of failed.shards) shard.counters['frameDropsTotal'] = 3;
    failed.totals.failedByReason = { peerLost: 5 };
    const shown = renderHtmlReport(failed);
    const [judgements = ''] = shown.match(/<ul class="judgements">[\s\S]*?<\/ul>/) ?? [];
    const tones = [...judgements.matchAll(/<li><span class="([a-z]+)"/g)].map(([, tone]) => tone);
    expect(tones).toEqual(['bad', 'bad', 'doubtful', 'doubtful', 'good', 'good']);
    expect(textOf(judgements)).toContain('1 of 1 consistency condition FAILED');
    expect(textOf(judgements)).toContain('memory limit of 12.00 GB reached');
    expect(textOf(shown)).toContain('W_ID 1: W_YTD 30034150, sum of D_YTD 30034149');
    expect(textOf(shown)).toContain('and 3 more');
  });

  it('has no comparison of shards, and no cross-shard share, where there is one shard', () => {
    const shown = renderHtmlReport(sampleResult({}, { shards: 1 }));
    expect(shown).not.toContain('Shards side by side');
    expect(shown).not.toContain('throughput-sum');
    expect(shown).toContain('No transaction crossed shards.');
  });

  it('says in a process among others what it covers', () => {
    const local = textOf(renderHtmlReport(sampleResult({}, { shards: 3, localShardIds: [1] })));
    expect(local).toContain('The process with shard 0 prints the total of all 3 shards.');
    expect(local).toContain('consistency is checked by the process with shard 0');
    const leading = textOf(renderHtmlReport(sampleResult({}, { shards: 3, localShardIds: [0] })));
    expect(leading).toContain('The series cover the shards of this process.');
    expect(leading).toContain('Transactions of all 3 shards');
  });

  it('draws what an earlier result holds: its percentiles, by shard', () => {
    const earlier = structuredClone(result);
    delete earlier.totals.transactions;
    for (const shard of earlier.shards) {
      for (const transaction of Object.values(shard.transactions)) {
        delete transaction.latencyCurve;
        delete transaction.deferred?.latencyCurve;
      }
    }
    const shown = renderHtmlReport(earlier);
    expectBalanced(shown);
    expect(shown).toContain('before it held the transactions of all shards together');
    expect(shown).toContain('"xs":["p50|p90|p95|p99|p99.9|max"]');
    const summary = earlier.shards[0]?.transactions['newOrder']?.latencyUs;
    const { p50, p90, p95, p99, p999, max } = summary as LatencySummary;
    expect(shown).toContain(`"lines":[{"x":0,"y":"${[p50, p90, p95, p99, p999, max].map(formatLatency).join('|')}"}`);
  });

  it('stands a run in which nothing was completed', () => {
    const nothing = structuredClone(result);
    nothing.series = [];
    for (const part of [nothing.totals, ...nothing.shards]) {
      part.latencyUs = null;
      for (const transaction of Object.values(part.transactions ?? {})) {
        for (const each of [transaction, transaction.local, transaction.crossShard]) {
          Object.assign(each, { commits: 0, latencyUs: null, latencyCurve: [] });
        }
      }
    }
    for (const shard of nothing.shards) shard.histogram = [];
    Object.assign(nothing.totals, { commits: 0, userAborts: 0, conflictAborts: 0, throughputTps: 0 });
    const shown = renderHtmlReport(nothing);
    expectBalanced(shown);
    expect(shown).toContain('nothing to draw over time');
    expect(shown).not.toMatch(/undefined|NaN|Infinity/);
  });

  it('stands numbers that no run measures', () => {
    const odd = structuredClone(result);
    odd.series = [
      { second: 1e300, shardId: 0, throughputTps: Number.POSITIVE_INFINITY, latencyUs: { p50: -1, p99: -1 } },
      { second: -5, shardId: 0, throughputTps: -1e308, latencyUs: null },
      { second: 1, shardId: -1, throughputTps: 1e308, latencyUs: { p50: 0, p99: 1e308 } },
    ];
    for (const { transactions } of odd.shards) {
      Object.assign(transactions['payment'] ?? {}, {
        latencyCurve: [
          { percentile: 200, valueUs: 5 },
          { percentile: 50, valueUs: -3 },
          { percentile: 99.99999999999999, valueUs: 1e308 },
        ],
      });
    }
    const shown = renderHtmlReport(odd);
    expectBalanced(shown);
    expect(shown).not.toMatch(/d="[^"]*(NaN|Infinity)/);
  });
});
