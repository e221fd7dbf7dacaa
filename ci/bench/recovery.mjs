#!/usr/bin/env node
/**
 * How fast a log is replayed beside the yardstick: `npm run bench:recovery -- [--rounds 7] [--seconds 8]`.
 *
 * Writes the log of one shard with one worker for some seconds. Each round runs a recovery and the yardstick at the same
 * time, each on one CPU of its own, then with the CPUs swapped, so that what the machine does hits both; its ratio is the
 * geometric mean of the two. Without `taskset` they take turns. Prints a line a round and the median; never judges. The
 * target is 1.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '7' }, seconds: { type: 'string', default: '8' } },
});
const at = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const shape = ['--shard-config', at('config/local-shards1-warehouses1.yml')];
const canPin = spawnSync('taskset', ['-c', '1', process.execPath, '--version']).status === 0;

/** @returns what the program printed */
function run(args, cpu) {
  const command = [process.execPath, ...args];
  const [program, ...rest] = canPin && cpu !== null ? ['taskset', '-c', String(cpu), ...command] : command;
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (bytes) => {
    text += bytes;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) =>
      status === 0 ? resolve(text) : reject(new Error(`${args[0]}: exit code ${status}`)),
    );
  });
}

async function replay(folder, cpu) {
  const text = await run([at('bin/dbtest.js'), 'recover', '--data-dir', folder, ...shape, '--quiet'], cpu);
  return Number(/\(([\d,]+) a second and worker\)/.exec(text)[1].replaceAll(',', ''));
}

const yardstick = async (cpu) => JSON.parse(await run([at('ci/bench/yardstick.mjs')], cpu)).tps;

async function both(folder, [replayCpu, yardstickCpu]) {
  const replayed = replay(folder, replayCpu);
  if (!canPin) await replayed;
  const [records, transactions] = await Promise.all([replayed, yardstick(yardstickCpu)]);
  return { records, transactions };
}

const root = mkdtempSync(join(tmpdir(), 'dbtest-recovery-'));
try {
  const folders = [join(root, 'a'), join(root, 'b')];
  const durable = ['--data-dir', folders[0], '--durability', 'epoch', '--snapshot-log-mb', '100000'];
  const length = ['--warmup', '1', '--runtime', values.seconds, '--no-check', '--quiet'];
  await run([at('bin/dbtest.js'), ...shape, ...durable, ...length], null);
  cpSync(folders[0], folders[1], { recursive: true });
  const ratios = [];
  for (let round = 1; round <= Number(values.rounds); round++) {
    const order = round % 2 === 0 ? [1, 0] : [0, 1];
    const halves = [];
    for (const i of order) halves.push(await both(folders[i], i === 0 ? [0, 1] : [1, 0]));
    ratios.push(Math.sqrt(halves.reduce((product, half) => (product * half.records) / half.transactions, 1)));
    const list = halves.map(({ records, transactions }) => `${records} records, yardstick ${transactions}`).join('; ');
    console.log(`round ${round}  a second: ${list}  ratio ${ratios.at(-1).toFixed(2)}`);
  }
  ratios.sort((a, b) => a - b);
  const [low, middle, high] = [ratios[0], ratios[ratios.length >> 1], ratios[ratios.length - 1]];
  console.log(`replay / yardstick: median ${middle.toFixed(2)} (${low.toFixed(2)} .. ${high.toFixed(2)})`);
} finally {
  rmSync(root, { recursive: true, force: true });
}
