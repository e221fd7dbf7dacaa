/** What `dbtest simulate` prints: a table of the workloads, the trouble that they had, and what went wrong. */
import { formatCount, formatRate, formatSeconds } from '../report/format.ts';
import { renderTable, type TableColumn } from '../report/plain-table.ts';
import type { CampaignReport } from '../simulation/campaign.ts';
import type { CampaignPlan } from '../simulation/campaign-plan.ts';
import { addSummary, emptySummary, type SeedSummary } from '../simulation/seed-summary.ts';

/** Keys may be added, not renamed. */
const SCHEMA_VERSION = 1;

export interface SimulationOutcome {
  plan: CampaignPlan;
  report: CampaignReport;
  seconds: number;
  interrupted: boolean;
}

const COLUMNS: readonly TableColumn[] = [
  { title: 'workload', align: 'left' },
  { title: 'runs', align: 'right' },
  { title: 'transactions', align: 'right' },
  { title: 'user\naborts', align: 'right' },
  { title: 'conflicts', align: 'right' },
  { title: 'most\nretries', align: 'right' },
  { title: 'lock\nwaits', align: 'right' },
  { title: 'failed', align: 'right' },
  { title: 'in\ndoubt', align: 'right' },
  { title: 'steps', align: 'right' },
];

const FAULTS: Record<string, string> = {
  stalls: 'stalls',
  lateWakes: 'late wakes',
  lostWakes: 'lost wakes',
  spuriousWakes: 'spurious wakes',
  processesLost: 'processes lost',
  linksBroken: 'links broken',
  framesSpilled: 'frames that found a ring full',
  memoryLimits: 'memory limits reached',
};

/** What crashes and disks came to, in the order in which it is told. */
const DISKS: readonly [kind: string, words: string][] = [
  ['durableRuns', 'durable runs'],
  ['crashes', 'crashes'],
  ['recoveries', 'recoveries'],
  ['crashedRecoveries', 'crashes in a recovery'],
  ['powerCuts', 'power cuts'],
  ['epochs', 'epochs'],
  ['acknowledged', 'commits acknowledged before a crash'],
  ['takenBack', 'commits taken back'],
  ['snapshots', 'snapshots'],
  ['slowSyncs', 'slow syncs'],
  ['refusals', 'writes and syncs refused'],
  ['shortWrites', 'short writes'],
  ['tornFiles', 'torn files'],
  ['lies', 'lies of disks'],
  ['acknowledgedLost', 'acknowledged commits that lies lost'],
  ['refused', 'recoveries that refused what a lie left'],
];

function totalOf({ summaries }: CampaignReport): SeedSummary {
  const total = emptySummary();
  for (const summary of Object.values(summaries)) addSummary(total, summary);
  return total;
}

/** The report as text. @param width columns to stay within */
export function simulationText({ plan, report, seconds, interrupted }: SimulationOutcome, width: number): string {
  const total = totalOf(report);
  const row = (name: string, each: SeedSummary) => [
    name,
    formatCount(each.runs),
    formatCount(each.transactions),
    formatCount(each.userAborts),
    formatCount(each.conflicts),
    formatCount(each.retriesMost),
    formatCount(each.lockWaits),
    formatCount(each.failures),
    formatCount(each.inDoubt),
    formatCount(each.steps),
  ];
  const rows = Object.entries(report.summaries).map(([name, summary]) => row(name, summary));
  if (rows.length > 1) rows.push(row('all', total));
  const trouble = Object.entries(total.faults).map(([kind, count]) => `${formatCount(count)} ${FAULTS[kind] ?? kind}`);
  const disks = DISKS.map(([kind, words]) => `${formatCount(total.disks[kind] ?? 0)} ${words}`);
  const perSecond = formatRate(report.seeds / Math.max(seconds, 1e-3));
  const lines = [
    headline(plan, report, interrupted),
    '',
    ...renderTable({ colour: false, width }, COLUMNS, rows),
    '',
    `  trouble     ${trouble.join(', ')}`,
    ...((total.disks['durableRuns'] ?? 0) === 0 ? [] : [`  disks       ${disks.join(', ')}`]),
    `  trace hash  ${report.traceHash}`,
    ...report.hashes.map(({ workload, seed, traceHash }) => `              ${traceHash}  ${workload} seed ${seed}`),
    `  time        ${formatSeconds(seconds)} on ${plan.threads} ${plan.threads === 1 ? 'thread' : 'threads'}, ${perSecond} seeds a second`,
  ];
  for (const { workload, seed, violations } of report.failed) {
    lines.push('', `${workload} seed ${seed}:`, ...violations.map((violation) => `  ${violation}`));
  }
  return `${lines.join('\n')}\n`;
}

function headline(plan: CampaignPlan, report: CampaignReport, interrupted: boolean): string {
  const { firstSeed, lastSeed, workloads } = plan;
  const names = workloads.map(({ name }) => name).join(', ');
  const range = firstSeed === lastSeed ? `seed ${firstSeed}` : `seeds ${firstSeed}..${lastSeed}`;
  const early = interrupted ? `, interrupted after ${formatCount(report.seeds)}` : '';
  const verdict =
    report.failed.length === 0 ? 'no anomaly' : `${report.failed.length} of ${formatCount(report.seeds)} seeds FAILED`;
  return `${range} with ${names}${early}: ${verdict}`;
}

/** The report as data. */
export function simulationJson({ plan, report, seconds, interrupted }: SimulationOutcome): string {
  const { firstSeed, lastSeed, threads, workloads } = plan;
  const result = {
    schemaVersion: SCHEMA_VERSION,
    firstSeed,
    lastSeed,
    workloads: workloads.map(({ name }) => name),
    threads,
    seconds,
    interrupted,
    passed: report.failed.length === 0,
    seeds: report.seeds,
    traceHash: report.traceHash,
    hashes: report.hashes,
    totals: totalOf(report),
    summaries: report.summaries,
    failed: report.failed.map((each) => ({
      ...each,
      repeat: `dbtest simulate --workload ${each.workload} --seed ${each.seed} --trace`,
    })),
  };
  return `${JSON.stringify(result, null, 2)}\n`;
}
