/**
 * The process in which a target runs, so that an input which never ends, or takes all memory, ends this process and not the
 * search. What it runs is written to a file before it runs, for the process that watches (`supervisor.ts`).
 */
import { openSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { BlockCoverage } from './block-coverage.ts';
import { Campaign, type CampaignResult } from './campaign.ts';
import { type CurrentInput, writeCurrentInput } from './current-input.ts';
import { detailOf, signatureOf } from './failure.ts';
import { TARGETS } from './targets/targets.ts';

/** What the process is told: its only argument, as JSON. */
export interface CampaignOrder {
  target: string;
  seed: number;
  seconds: number;
  inputsMax: number;
  /** Base64. */
  seeds: string[];
  /** Whether the seeds are all that is to run. */
  seedsOnly: boolean;
  currentInputPath: string;
}

/** What it answers. Findings have their input in base64. */
export type CampaignAnswer =
  | { kind: 'done'; result: Omit<CampaignResult, 'findings'>; findings: AnsweredFinding[] }
  /** Something threw where nobody waits for it; the process ends. */
  | { kind: 'stray'; finding: AnsweredFinding }
  | { kind: 'memory'; residentBytes: number };

export interface AnsweredFinding {
  input: string;
  signature: string;
  detail: string;
}

const RESIDENT_BYTES_MAX = 1.5 * 2 ** 30;
const LOOK_AT_MEMORY_EVERY = 64;
const LAST_WORDS_MS = 50;

const base64Of = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

async function run(order: CampaignOrder): Promise<void> {
  const current: CurrentInput = { descriptor: openSync(order.currentInputPath, 'r+'), count: 0 };
  let running: Uint8Array = new Uint8Array(0);
  const answer = (message: CampaignAnswer, then: () => void) => process.send?.(message, then);
  const stray = (error: unknown) => {
    const finding = { input: base64Of(running), signature: `stray ${signatureOf(error)}`, detail: detailOf(error) };
    answer({ kind: 'stray', finding }, () => process.exit(1));
  };
  process.on('uncaughtException', stray);
  process.on('unhandledRejection', stray);
  let guidedBy = /^$/;
  const coverage = new BlockCoverage((url) => guidedBy.test(url));
  coverage.start();
  const target = await TARGETS[order.target]();
  guidedBy = target.guidedBy;
  const open = await target.open();
  const given = order.seeds.map((text) => Buffer.from(text, 'base64'));
  const own = order.seedsOnly
    ? []
    : target.seeds().map((seed) => (typeof seed === 'string' ? Buffer.from(seed) : seed));
  const campaign = new Campaign({
    target,
    open,
    coverage,
    seed: order.seed,
    seeds: [...given, ...own],
    deadlineMs: performance.now() + order.seconds * 1000,
    inputsMax: order.seedsOnly ? 0 : order.inputsMax,
    beginning: (input) => {
      running = input;
      writeCurrentInput(current, input);
      if (current.count % LOOK_AT_MEMORY_EVERY !== 0) return;
      const residentBytes = process.memoryUsage.rss();
      if (residentBytes > RESIDENT_BYTES_MAX) answer({ kind: 'memory', residentBytes }, () => process.exit(1));
    },
  });
  const { findings, ...result } = await campaign.run();
  // What the last input left behind may still throw.
  await setTimeout(LAST_WORDS_MS);
  await open.close();
  coverage.stop();
  const answered = findings.map(({ input, signature, detail }) => ({ input: base64Of(input), signature, detail }));
  answer({ kind: 'done', result, findings: answered }, () => process.exit(0));
}

await run(JSON.parse(process.argv[2]) as CampaignOrder);
