/**
 * A range of seeds, spread over threads. Every seed runs once with every workload. The first violation ends it: what runs is
 * finished, and nothing new begins. Runs on the main thread.
 */
import { Worker } from 'node:worker_threads';
import type { CampaignPlan, RunHash } from './campaign-plan.ts';
import { CampaignShare, type ShareAnswer, type ShareStart } from './campaign-share.ts';
import { addSummary, emptySummary, type SeedSummary } from './seed-summary.ts';
import type { SeedReport } from './simulation.ts';

export interface CampaignReport {
  /** By name of the workload. */
  summaries: Record<string, SeedSummary>;
  /** Runs with violations, by seed; empty where all is well. */
  failed: SeedReport[];
  /** Seeds that were run with all workloads. */
  seeds: number;
  /** By seed and workload; empty unless they were asked for. */
  hashes: RunHash[];
  /** One hash for the hashes of all runs, whatever the threads. */
  traceHash: string;
}

/**
 * @param progress hears how many seeds are done
 * @param wantsToEnd looked at between seeds: the range ends early
 */
export async function runCampaign(
  plan: CampaignPlan,
  progress: (seeds: number) => void,
  wantsToEnd: () => boolean,
): Promise<CampaignReport> {
  const next = new SharedArrayBuffer(16);
  const report: CampaignReport = { summaries: {}, failed: [], seeds: 0, hashes: [], traceHash: '' };
  for (const { name } of plan.workloads) report.summaries[name] = emptySummary();
  let combined = 0n;
  const add = (answer: ShareAnswer): void => {
    report.seeds += answer.seeds;
    for (const [name, summary] of Object.entries(answer.summaries)) addSummary(report.summaries[name], summary);
    report.failed.push(...answer.failed);
    report.hashes.push(...answer.hashes);
    combined = (combined + BigInt(`0x${answer.traceSum}`)) & 0xffff_ffff_ffff_ffffn;
    progress(report.seeds);
    if (wantsToEnd()) CampaignShare.end(next);
  };
  const start: ShareStart = { ...plan, workloads: [...plan.workloads], next };
  if (plan.threads === 1) {
    const share = await CampaignShare.open(start);
    for (let answer = share.run(); answer !== null; answer = share.run()) {
      add(answer);
      // Signals are heard between two seeds.
      await new Promise((resolve) => setImmediate(resolve));
    }
  } else await Promise.all(Array.from({ length: plan.threads }, () => runThread(start, add)));
  const order = plan.workloads.map(({ name }) => name);
  const bySeed = (a: { seed: number; workload: string }, b: { seed: number; workload: string }) =>
    a.seed - b.seed || order.indexOf(a.workload) - order.indexOf(b.workload);
  report.failed.sort(bySeed);
  report.hashes.sort(bySeed);
  report.traceHash = combined.toString(16).padStart(16, '0');
  return report;
}

function runThread(start: ShareStart, add: (answer: ShareAnswer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./campaign-thread.js', import.meta.url), { workerData: start });
    worker.on('message', add);
    worker.on('error', (error) => {
      CampaignShare.end(start.next);
      reject(error);
    });
    worker.on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`a thread of the simulation ended with code ${code}`));
    });
  });
}
