/** Runs the campaign of a target in a process of its own, and tells what became of it, also where the process did not survive. */
import { fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CampaignResult, Finding } from './campaign.ts';
import type { CampaignAnswer, CampaignOrder } from './campaign-process.ts';
import { createCurrentInput, readCurrentInput } from './current-input.ts';
import { minimise } from './minimise.ts';

export interface Assignment {
  target: string;
  seed: number;
  seconds: number;
  inputsMax: number;
  seeds: readonly Uint8Array[];
  /** Whether the seeds are all that is to run. */
  seedsOnly: boolean;
}

export interface Watched {
  result: CampaignResult;
  /** Whether the process ended before its time. */
  died: boolean;
}

/** An input that runs longer never ends, as far as anybody can tell. */
const HANG_MS = 10_000;
const LOOK_MS = 250;
/** Loading the target, and the smallest versions of its findings. */
const OVERTIME_MS = 120_000;
const HEAP_MEGABYTES = 512;
/** Each runs a process. */
const FATAL_MINIMISE_ATTEMPTS = 24;
const FATAL_MINIMISE_MS = 60_000;

const PROCESS_PATH = fileURLToPath(new URL('./campaign-process.js', import.meta.url));

/** Runs the campaign; an input that ends its process is made smaller, as far as a few processes can tell. */
export async function runCampaign(assignment: Assignment): Promise<Watched> {
  const watched = await runProcess(assignment);
  if (!watched.died || assignment.seedsOnly) return watched;
  const [finding] = watched.result.findings;
  const fails = async (candidate: Uint8Array): Promise<boolean> => {
    const again = await runProcess({ ...assignment, seeds: [candidate], seedsOnly: true });
    return again.died && again.result.findings[0].signature === finding.signature;
  };
  const budget = { attempts: FATAL_MINIMISE_ATTEMPTS, deadlineMs: performance.now() + FATAL_MINIMISE_MS };
  finding.input = await minimise(finding.input, 1, fails, budget);
  return watched;
}

function runProcess({ target, seed, seconds, inputsMax, seeds, seedsOnly }: Assignment): Promise<Watched> {
  const currentInputPath = join(tmpdir(), `dbtest-fuzz-${process.pid}-${target}`);
  createCurrentInput(currentInputPath);
  const texts = seeds.map((bytes) => Buffer.from(bytes).toString('base64'));
  const order: CampaignOrder = { target, seed, seconds, inputsMax, seeds: texts, seedsOnly, currentInputPath };
  const child = fork(PROCESS_PATH, [JSON.stringify(order)], {
    execArgv: [`--max-old-space-size=${HEAP_MEGABYTES}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let answer: CampaignAnswer | null = null;
  let complaint = '';
  child.on('message', (message) => {
    answer = message as CampaignAnswer;
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk}`.slice(-4_000);
  });
  const startMs = performance.now();
  let seen = { count: 0, sinceMs: startMs };
  let verdict: string | null = null;
  const watch = setInterval(() => {
    const nowMs = performance.now();
    const { count } = readCurrentInput(currentInputPath);
    if (count !== seen.count) seen = { count, sinceMs: nowMs };
    const hangs = count > 0 && nowMs - seen.sinceMs > HANG_MS;
    if (!hangs && nowMs - startMs < seconds * 1000 + OVERTIME_MS) return;
    verdict = hangs ? 'hang' : 'overtime';
    child.kill('SIGKILL');
  }, LOOK_MS);
  return new Promise((resolve) => {
    child.on('close', (status, signal) => {
      clearInterval(watch);
      const { count, input } = readCurrentInput(currentInputPath);
      rmSync(currentInputPath);
      resolve(
        watchedOf(answer, { count, input, ending: verdict ?? `ended by ${signal ?? `status ${status}`}`, complaint }),
      );
    });
  });
}

interface Ending {
  count: number;
  input: Uint8Array;
  ending: string;
  complaint: string;
}

function watchedOf(answer: CampaignAnswer | null, { count, input, ending, complaint }: Ending): Watched {
  if (answer?.kind === 'done') {
    const findings = answer.findings.map((each) => ({ ...each, input: Buffer.from(each.input, 'base64') }));
    return { result: { ...answer.result, findings }, died: false };
  }
  const finding: Finding =
    answer?.kind === 'stray'
      ? { ...answer.finding, input: Buffer.from(answer.finding.input, 'base64') }
      : answer?.kind === 'memory'
        ? { input, signature: 'process: memory', detail: `the process holds ${answer.residentBytes} bytes` }
        : { input, signature: `process: ${ending}`, detail: complaint.trim() || ending };
  return { result: { inputs: count, kept: 0, blocks: 0, knownFailures: {}, findings: [finding] }, died: true };
}
