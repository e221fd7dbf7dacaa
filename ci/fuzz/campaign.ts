/**
 * The search itself, for one target: changes inputs that are known, and keeps those that reach a block which none reached
 * before. It knows no process, file or target by name, and takes time as a limit only: the same seed takes the same way.
 */
import type { BlockCoverage } from './block-coverage.ts';
import { detailOf, signatureOf } from './failure.ts';
import type { FuzzTarget, KnownFailure, OpenTarget } from './fuzz-target.ts';
import { minimise } from './minimise.ts';
import { Mutator } from './mutator.ts';
import { Random } from './random.ts';

export interface CampaignPlan {
  target: FuzzTarget;
  open: OpenTarget;
  coverage: BlockCoverage;
  seed: number;
  /** Of the corpus, and of the target. */
  seeds: readonly Uint8Array[];
  /** The search ends at the first of the two. */
  deadlineMs: number;
  inputsMax: number;
  /** Called before each input, so that whoever watches knows what ran if it never ends. */
  beginning(input: Uint8Array): void;
}

export interface Finding {
  /** The smallest one found. */
  input: Uint8Array;
  signature: string;
  detail: string;
}

export interface CampaignResult {
  inputs: number;
  /** Inputs that reached something new. */
  kept: number;
  blocks: number;
  /** By reason. */
  knownFailures: Record<string, number>;
  findings: Finding[];
}

/** Looking at the coverage takes longer than most inputs: these run between two looks, and again one by one for something new. */
const BATCH_INPUTS = 16;
const FINDINGS_MAX = 10;
/** An input that takes this long, and does so again, is a failure. */
const SLOW_MS = 2_000;
const MINIMISE_ATTEMPTS = 3_000;
const MINIMISE_MS = 5_000;

class SlowInput extends Error {
  override readonly name = 'SlowInput';
}

export class Campaign {
  private readonly plan: CampaignPlan;
  private readonly findings = new Map<string, Finding>();
  private readonly knownFailures: Record<string, number> = {};
  private readonly corpus: Uint8Array[] = [];
  private inputs = 0;

  constructor(plan: CampaignPlan) {
    this.plan = plan;
  }

  async run(): Promise<CampaignResult> {
    const { target, coverage, seed, seeds } = this.plan;
    for (const input of seeds) await this.explore(Uint8Array.from(input.subarray(0, target.bytesMax)));
    if (this.corpus.length === 0) this.corpus.push(new Uint8Array(0));
    const words = target.dictionary.map((word) => (typeof word === 'string' ? Buffer.from(word) : word));
    const mutator = new Mutator(new Random(seed), target.bytesMax, words);
    while (!this.isOver) {
      const batch: Uint8Array[] = [];
      for (let i = 0; i < BATCH_INPUTS; i++) batch.push(mutator.next(this.corpus));
      for (const input of batch) await this.tryOut(input);
      const take = coverage.take();
      if (!coverage.hasNew(take)) continue;
      for (const input of batch) await this.explore(input);
      // What does not run a second time would be new forever.
      coverage.merge(take);
    }
    for (const finding of this.findings.values()) await this.minimise(finding);
    return {
      inputs: this.inputs,
      kept: this.corpus.length,
      blocks: coverage.blocks,
      knownFailures: this.knownFailures,
      findings: [...this.findings.values()],
    };
  }

  private get isOver(): boolean {
    const { deadlineMs, inputsMax } = this.plan;
    return performance.now() >= deadlineMs || this.inputs >= inputsMax || this.findings.size >= FINDINGS_MAX;
  }

  /** Runs one input by itself, and keeps it for something new. */
  private async explore(input: Uint8Array): Promise<void> {
    const { coverage } = this.plan;
    coverage.take();
    await this.tryOut(input);
    const take = coverage.take();
    if (!coverage.hasNew(take)) return;
    coverage.merge(take);
    this.corpus.push(input);
  }

  private async tryOut(input: Uint8Array): Promise<void> {
    const error = await this.failureOf(input);
    if (error === null) return;
    const signature = signatureOf(error);
    const known = knownFailureOf(this.plan.target, signature);
    if (known !== null) this.knownFailures[known.reason] = (this.knownFailures[known.reason] ?? 0) + 1;
    else if (!this.findings.has(signature)) {
      this.findings.set(signature, { input: Uint8Array.from(input), signature, detail: detailOf(error) });
    }
  }

  /** What the input throws; null where it is handled well. */
  private async failureOf(input: Uint8Array): Promise<unknown> {
    this.inputs++;
    const first = await this.execute(input);
    if (first.error !== null || first.tookMs < SLOW_MS) return first.error;
    const second = await this.execute(input);
    if (second.error !== null || second.tookMs < SLOW_MS) return second.error;
    return new SlowInput(`it takes ${Math.round(second.tookMs)} ms`);
  }

  private async execute(input: Uint8Array): Promise<{ error: unknown; tookMs: number }> {
    const { open, beginning } = this.plan;
    beginning(input);
    const startMs = performance.now();
    let error: unknown = null;
    try {
      // Most targets are synchronous, and a promise costs more than they do.
      const handled = open.execute(input);
      if (handled !== undefined) await handled;
    } catch (thrown) {
      error = thrown ?? new Error('it throws nothing');
    }
    return { error, tookMs: performance.now() - startMs };
  }

  private async minimise(finding: Finding): Promise<void> {
    const { signature } = finding;
    const fails = async (candidate: Uint8Array) => {
      const error = await this.failureOf(candidate);
      return error !== null && signatureOf(error) === signature;
    };
    const budget = { attempts: MINIMISE_ATTEMPTS, deadlineMs: performance.now() + MINIMISE_MS };
    finding.input = Uint8Array.from(await minimise(finding.input, this.plan.target.unitBytes ?? 1, fails, budget));
  }
}

export const knownFailureOf = (target: FuzzTarget, signature: string): KnownFailure | null =>
  target.knownFailures.find(({ pattern }) => pattern.test(signature)) ?? null;
