/** The top of the report: what ran, the judgements, and the figures that people look for first. */
import type { RunResult } from '../../bench/result.ts';
import { totalsTitle, whereTheTotalIs } from '../coverage.ts';
import { formatBytes, formatCount, formatFixed, formatLatency, formatPct, formatRate, NO_VALUE } from '../format.ts';
import { describeMeasurement, describeSize } from '../headline.ts';
import { hasTpmC } from '../totals-section.ts';
import { judge, renderJudgement } from './judgements.ts';
import { type Markup, markup } from './markup.ts';

interface Figure {
  label: string;
  value: string;
  unit: string;
  /** Smaller, below. */
  more: string;
}

export function renderSummary(result: RunResult): Markup {
  const elsewhere = whereTheTotalIs(result, 'the total');
  return markup`<header><h1>${describeSize(result)}</h1>
<p class="note">${result.startedAt}, ${describeMeasurement(result)}, seed ${result.seed}, on ${result.host.cpu}</p></header>
<section id="summary" aria-label="Summary"><ul class="judgements">${judge(result).map((each) => markup`<li>${renderJudgement(each)}</li>`)}</ul>
<h2>${totalsTitle(result)}</h2>${elsewhere === null ? null : markup`<p class="note">${elsewhere}</p>`}
<dl class="figures">${figures(result).map(renderFigure)}</dl></section>
`;
}

const renderFigure = ({ label, value, unit, more }: Figure): Markup =>
  markup`<div><dt>${label}</dt><dd><b>${value}</b> ${unit}<small>${more}</small></dd></div>
`;

function figures(result: RunResult): Figure[] {
  const { totals } = result;
  const { latencyUs, memory } = totals;
  const [p50, p50Unit] = latencyParts(latencyUs?.p50);
  const [p99, p99Unit] = latencyParts(latencyUs?.p99);
  const completed = totals.commits + totals.userAborts;
  const attempts = completed + totals.conflictAborts;
  return [
    {
      label: 'Throughput',
      value: formatRate(totals.throughputTps),
      unit: 'tx/s',
      more: `${formatCount(totals.commits)} commits`,
    },
    ...(hasTpmC(result) ? [tpmC(totals)] : []),
    {
      label: 'Latency, median',
      value: p50,
      unit: p50Unit,
      more: latencyUs === null ? '' : `p90 ${formatLatency(latencyUs.p90)}`,
    },
    {
      label: 'Latency, p99',
      value: p99,
      unit: p99Unit,
      more: latencyUs === null ? '' : `p99.9 ${formatLatency(latencyUs.p999)}, max ${formatLatency(latencyUs.max)}`,
    },
    {
      label: 'Cross-shard',
      value: formatPct(totals.crossShardPct),
      unit: '%',
      more: `expected ${formatPct(totals.expectedCrossShardPct)}%`,
    },
    {
      label: 'Conflict aborts',
      value: attempts > 0 ? formatPct((100 * totals.conflictAborts) / attempts) : NO_VALUE,
      unit: '%',
      more: `of the attempts; ${formatCount(totals.conflictAborts)}, retried`,
    },
    {
      label: 'User aborts',
      value: completed > 0 ? formatPct((100 * totals.userAborts) / completed) : NO_VALUE,
      unit: '%',
      more: `of the completed; ${formatCount(totals.userAborts)}`,
    },
    {
      label: 'Engine memory',
      value: formatBytes(memory.engineBytes),
      unit: '',
      more: `limit ${formatBytes(memory.limitBytes)}`,
    },
  ];
}

const tpmC = ({ tpmC, efficiencyPct }: RunResult['totals']): Figure => ({
  label: 'tpmC',
  value: formatRate(tpmC),
  unit: '',
  more:
    efficiencyPct === null
      ? 'committed New-Orders a minute'
      : `New-Orders a minute, ${formatFixed(efficiencyPct, 1)}% of the most`,
});

function latencyParts(us: number | undefined): [value: string, unit: string] {
  if (us === undefined) return [NO_VALUE, ''];
  const [value = NO_VALUE, unit = ''] = formatLatency(us).split(' ');
  return [value, unit];
}
