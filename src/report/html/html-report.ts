/**
 * The HTML report of a run: one file that opens offline, with tables, charts as inline SVG, and nothing to fetch. Runs in
 * the main thread and turns a `RunResult` into text; it measures and writes nothing, and knows no workload and no browser:
 * titles and verdicts are data, and the charts are complete without the small script that reads them out.
 */
import { createHash } from 'node:crypto';
import type { RunResult } from '../../bench/result.ts';
import { describeSize } from '../headline.ts';
import { renderChecks } from './checks-section.ts';
import { renderConfiguration } from './configuration-section.ts';
import { renderLatency } from './latency-section.ts';
import { Markup, markup } from './markup.ts';
import { READOUT_SCRIPT } from './readout-script.ts';
import { renderShards } from './shards-section.ts';
import { STYLESHEET } from './stylesheet.ts';
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
  ['deviations', 'Deviations'],
  ['configuration', 'Configuration'],
] as const;

/** The whole page. Its figures are those of the console report of the same result, and so are its tables. */
export function renderHtmlReport(result: RunResult): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${CONTENT_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="dbtest ${result.dbtestVersion}">
<title>dbtest: ${describeSize(result)}</title>
<style>${new Markup(STYLESHEET)}</style>
</head>
<body>
<main>
${renderSummary(result)}<nav aria-label="Contents"><ul>${CONTENTS.filter(([id]) => isPresent(id, result)).map(([id, title]) => markup`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
${renderThroughput(result)}${renderLatency(result)}${renderShards(result)}${renderChecks(result)}${renderConfiguration(result)}</main>
<footer><p>Written by dbtest ${result.dbtestVersion}. Percentiles come from merged HDR histograms with three significant digits.</p></footer>
<script>${new Markup(READOUT_SCRIPT)}</script>
</body>
</html>
`.text;
}

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing is fetched, and no style or script runs but the two of this page. */
const CONTENT_POLICY = `default-src 'none'; style-src ${hashOf(STYLESHEET)}; script-src ${hashOf(READOUT_SCRIPT)}`;

/** Whether the page has that section. */
function isPresent(id: (typeof CONTENTS)[number][0], result: RunResult): boolean {
  if (id === 'thresholds') return result.thresholds !== undefined;
  return id !== 'locality' || hasLocality(result);
}

/** An earlier result of several shards has the transactions by shard alone. */
const hasLocality = ({ totals, shards }: RunResult): boolean =>
  totals.transactions !== undefined || shards.length === 1;
