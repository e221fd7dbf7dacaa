/**
 * The HTML report of a run: one file that opens offline, with tables, charts as inline SVG, and nothing to fetch. Runs in
 * the main thread and turns a `RunResult` into text; it measures and writes nothing, and knows no workload and no browser:
 * titles and verdicts are data, and the charts are complete without the small script that reads them out.
 */
import type { RunResult } from '../../bench/result.ts';
import { describeSize } from '../headline.ts';
import { renderChecks } from './checks-section.ts';
import { renderConfiguration } from './configuration-section.ts';
import { renderLatency } from './latency-section.ts';
import { renderPage } from './page.ts';
import { renderShards } from './shards-section.ts';
import { renderSummary } from './summary-section.ts';
import { renderThroughput } from './throughput-section.ts';

const CONTENTS = [
  ['throughput', 'Throughput'],
  ['latency', 'Latency'],
  ['locality', 'Local and cross-shard'],
  ['shards', 'Shards'],
  ['audit', 'Audit'],
  ['consistency', 'Consistency'],
  ['thresholds', 'Thresholds'],
  ['chaos', 'Trouble on purpose'],
  ['deviations', 'Deviations'],
  ['configuration', 'Configuration'],
] as const;

/** The whole page. Its figures are those of the console report of the same result, and so are its tables. */
export function renderHtmlReport(result: RunResult): string {
  return renderPage({
    title: describeSize(result),
    dbtestVersion: result.dbtestVersion,
    summary: renderSummary(result),
    contents: CONTENTS.filter(([id]) => isPresent(id, result)),
    sections: [
      renderThroughput(result),
      renderLatency(result),
      renderShards(result),
      renderChecks(result),
      renderConfiguration(result),
    ],
    remark: 'Percentiles come from merged HDR histograms with three significant digits.',
  });
}

/** Whether the page has that section. */
function isPresent(id: (typeof CONTENTS)[number][0], result: RunResult): boolean {
  if (id === 'thresholds') return result.thresholds !== undefined;
  if (id === 'chaos') return (result.chaos ?? []).length > 0;
  return id !== 'locality' || hasLocality(result);
}

/** An earlier result of several shards has the transactions by shard alone. */
const hasLocality = ({ totals, shards }: RunResult): boolean =>
  totals.transactions !== undefined || shards.length === 1;
