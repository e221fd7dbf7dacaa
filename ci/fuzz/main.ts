/**
 * `npm run fuzz`: runs the targets one after the other, each in a process of its own, and reports what it found. Exit status
 * 0 without findings, 1 with some, 2 for a wrong command line.
 *
 * The search is guided by V8's own coverage. Jazzer.js, the kept fuzzer for Node, would be the alternative: its binary for
 * Linux asks for a newer C library than Debian 12 has, and building it needs a compiler.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from './campaign.ts';
import { readCorpus, writeFinding } from './corpus.ts';
import { readOptions, USAGE } from './options.ts';
import { runCampaign } from './supervisor.ts';
import { TARGETS } from './targets/targets.ts';

/** Folders with a slash at the end: the repository, and what the fuzzer may write to. */
export interface FuzzFolders {
  root: string;
  cache: string;
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** @returns the exit status */
export async function main(argv: readonly string[], folders: FuzzFolders): Promise<number> {
  const names = Object.keys(TARGETS);
  const options = readOptions(argv, names);
  if (typeof options === 'string') {
    process.stderr.write(`fuzz: ${options}\n${USAGE}\n`);
    return 2;
  }
  if (options.list) {
    for (const name of names) say(`${name.padEnd(16)} ${(await TARGETS[name]()).describe}`);
    return 0;
  }
  if (options.input !== null) return repeat(options.target as string, options.input, folders);
  const chosen = options.target === null ? names : [options.target];
  const seconds = options.seconds / chosen.length;
  let found = 0;
  for (const target of chosen) {
    const seeds = readCorpus(`${folders.root}ci/fuzz/corpus`, target).map(({ bytes }) => bytes);
    const startMs = performance.now();
    const assignment = { target, seed: options.seed, seconds, inputsMax: options.inputs, seeds, seedsOnly: false };
    const { result } = await runCampaign(assignment);
    const took = ((performance.now() - startMs) / 1000).toFixed(1);
    const { inputs, kept, blocks, findings, knownFailures } = result;
    say(
      `${target.padEnd(16)} ${String(inputs).padStart(8)} inputs, ${String(kept).padStart(4)} kept, ` +
        `${String(blocks).padStart(5)} blocks, ${findings.length} findings, ${took} s, seed ${options.seed}`,
    );
    for (const [reason, count] of Object.entries(knownFailures)) say(`  known, ${count} times: ${reason}`);
    for (const finding of findings) tell(finding, target, folders);
    found += findings.length;
  }
  if (found > 0) process.stderr.write(`fuzz: ${found} findings\n`);
  return found > 0 ? 1 : 0;
}

function tell({ input, signature, detail }: Finding, target: string, folders: FuzzFolders): void {
  const path = writeFinding(join(folders.cache, 'findings'), target, input);
  say(`  FOUND ${signature}`);
  for (const line of detail.split('\n').slice(0, 12)) say(`    ${line}`);
  say(`    input, ${input.length} bytes: ${JSON.stringify(Buffer.from(input).toString('latin1').slice(0, 300))}`);
  say(`    again: npm run fuzz -- --target ${target} --input ${path}`);
  say(`    when it is repaired, keep the input: cp ${path} ci/fuzz/corpus/${target}/NAME`);
}

/** One input, as it is. */
async function repeat(target: string, path: string, folders: FuzzFolders): Promise<number> {
  if (!existsSync(path)) {
    process.stderr.write(`fuzz: --input: there is no file ${path}\n`);
    return 2;
  }
  const input = readFileSync(path);
  const { result } = await runCampaign({ target, seed: 0, seconds: 0, inputsMax: 1, seeds: [input], seedsOnly: true });
  const known = Object.keys(result.knownFailures);
  for (const reason of known) say(`${target}: ${input.length} bytes, fails as known: ${reason}`);
  for (const finding of result.findings) tell({ ...finding, input }, target, folders);
  if (result.findings.length + known.length === 0) say(`${target}: ${input.length} bytes, handled well`);
  return result.findings.length > 0 ? 1 : 0;
}
