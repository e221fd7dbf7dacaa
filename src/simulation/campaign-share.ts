/** What one thread does of a campaign: takes a few seeds at a time, whichever come next, until none are left. */
import type { CampaignPlan, RunHash } from './campaign-plan.ts';
import type { SimulatedWorkload } from './contract.ts';
import { addSeed, emptySummary, type SeedSummary } from './seed-summary.ts';
import { type SeedReport, simulateSeed } from './simulation.ts';

/** Seeds between two answers. */
const SEEDS_AT_ONCE = 4;
/** Place of the next seed, counted from the first, and of the word that ends everything. */
const NEXT = 0;
const ENDED = 1;

export interface ShareStart extends CampaignPlan {
  /** What the threads of a campaign share: a 64-bit word each for the next seed and the end. */
  next: SharedArrayBuffer;
}

/** What a few seeds came to. */
export interface ShareAnswer {
  seeds: number;
  summaries: Record<string, SeedSummary>;
  failed: SeedReport[];
  hashes: RunHash[];
  /** Sum of all trace hashes modulo 2^64, hexadecimal. */
  traceSum: string;
}

export class CampaignShare {
  private readonly start: ShareStart;
  private readonly words: BigInt64Array;
  private readonly workloads: ReadonlyMap<string, SimulatedWorkload>;

  private constructor(start: ShareStart, workloads: ReadonlyMap<string, SimulatedWorkload>) {
    this.start = start;
    this.words = new BigInt64Array(start.next);
    this.workloads = workloads;
  }

  /** Loads the workloads. */
  static async open(start: ShareStart): Promise<CampaignShare> {
    const workloads = new Map<string, SimulatedWorkload>();
    for (const { name, moduleUrl } of start.workloads) {
      workloads.set(name, ((await import(moduleUrl)) as { default: SimulatedWorkload }).default);
    }
    return new CampaignShare(start, workloads);
  }

  /** Nobody takes another seed. */
  static end(next: SharedArrayBuffer): void {
    Atomics.store(new BigInt64Array(next), ENDED, 1n);
  }

  /** Runs the next few seeds. @returns null where none are left */
  run(): ShareAnswer | null {
    const { firstSeed, lastSeed, keepsHashes } = this.start;
    const answer: ShareAnswer = { seeds: 0, summaries: {}, failed: [], hashes: [], traceSum: '' };
    let sum = 0n;
    for (const name of this.workloads.keys()) answer.summaries[name] = emptySummary();
    while (answer.seeds < SEEDS_AT_ONCE && Atomics.load(this.words, ENDED) === 0n) {
      const seed = firstSeed + Number(Atomics.add(this.words, NEXT, 1n));
      if (seed > lastSeed) break;
      for (const [name, workload] of this.workloads) {
        const report = simulateSeed(name, workload, seed);
        addSeed(answer.summaries[name], report);
        sum += BigInt(`0x${report.traceHash}`);
        if (keepsHashes) answer.hashes.push({ workload: name, seed, traceHash: report.traceHash });
        if (report.violations.length > 0) {
          answer.failed.push(report);
          CampaignShare.end(this.start.next);
        }
      }
      answer.seeds++;
    }
    answer.traceSum = (sum & 0xffff_ffff_ffff_ffffn).toString(16);
    return answer.seeds === 0 ? null : answer;
  }
}
