#!/usr/bin/env node
/**
 * How throughput grows with shards: `npm run bench:scale -- [--rounds 10] [--seconds 3] [--warmup 3] [--ratios two,tcp,wide]`.
 *
 * Every round runs all shapes that the ratios need once, in alternating order; what counts is the median of the ratios by
 * round. `machine` is what two cores give at this moment: two yardsticks at once against one. Never judges.
 */
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '3' },
    warmup: { type: 'string', default: '3' },
    ratios: { type: 'string', default: 'machine,two,tcp,wide' },
  },
});
const yardstickPath = fileURLToPath(new URL('./yardstick.mjs', import.meta.url));
const dbtestPath = fileURLToPath(new URL('../../bin/dbtest.js', import.meta.url));

const dbtest = (warmup, ...shape) => {
  const time = ['--warmup', String(warmup), '--runtime', values.seconds];
  const args = [dbtestPath, ...shape, ...time, '--no-check', '--quiet', '--json', '-'];
  const child = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (child.status !== 0) throw new Error(`dbtest ${shape.join(' ')} ended with ${child.status}: ${child.stderr}`);
  return JSON.parse(child.stdout).totals.throughputTps;
};
const yardstick = () =>
  new Promise((resolve, reject) => {
    let text = '';
    const child = spawn(process.execPath, [yardstickPath, '1', values.seconds], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    child.on('close', (code) => (code === 0 ? resolve(JSON.parse(text).tps) : reject(new Error(`yardstick: ${code}`))));
  });

const warmup = Number(values.warmup);
/** Threads beyond the cores take longer until all of their code is compiled; what they are compared with grows as long. */
const crowded = 4 * warmup;
const SHAPES = {
  oneYardstick: () => yardstick(),
  twoYardsticks: async () => (await Promise.all([yardstick(), yardstick()])).reduce((a, b) => a + b),
  '1 shard x 1': () => dbtest(warmup, '--num-threads', '1', '--warehouses', '1'),
  '2 shards x 1': () => dbtest(warmup, '--local-shards=0,1', '--num-threads', '1', '--warehouses', '1'),
  '2 shards x 1, tcp': () =>
    dbtest(warmup, '--local-shards=0,1', '--num-threads', '1', '--warehouses', '1', '--transport', 'tcp'),
  '2 shards x 1, 4 warehouses': () => dbtest(crowded, '--local-shards=0,1', '--num-threads', '1', '--warehouses', '4'),
  '2 shards x 4': () => dbtest(crowded, '--local-shards=0,1', '--num-threads', '4', '--warehouses', '4'),
};
const RATIOS = {
  machine: ['twoYardsticks', 'oneYardstick'],
  two: ['2 shards x 1', '1 shard x 1'],
  tcp: ['2 shards x 1, tcp', '2 shards x 1'],
  wide: ['2 shards x 4', '2 shards x 1, 4 warehouses'],
};

const median = (samples) => {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

const wanted = values.ratios.split(',');
for (const name of wanted) {
  if (name in RATIOS) continue;
  console.error(`bench:scale: --ratios: "${name}" is none of ${Object.keys(RATIOS).join(', ')}`);
  process.exit(2);
}
const shapes = [...new Set(wanted.flatMap((name) => RATIOS[name]))];
const samples = Object.fromEntries(shapes.map((name) => [name, []]));
for (let round = 0; round < Number(values.rounds); round++) {
  for (const name of round % 2 === 0 ? shapes : shapes.toReversed()) samples[name].push(await SHAPES[name]());
  const line = shapes.map((name) => `${name}: ${Math.round(samples[name].at(-1))}`).join('; ');
  console.log(`round ${round + 1}: ${line}`);
}
for (const name of shapes) console.log(`${name}: median ${Math.round(median(samples[name]))}/s`);
const ratios = {};
for (const name of wanted) {
  const [over, under] = RATIOS[name];
  ratios[name] = samples[over].map((value, round) => value / samples[under][round]);
  const sorted = ratios[name].toSorted((a, b) => a - b);
  const range = `${sorted[0].toFixed(2)} .. ${sorted.at(-1).toFixed(2)}`;
  console.log(`${name} = (${over}) / (${under}): ${median(sorted).toFixed(3)} (${range})`);
}
if (ratios.machine && ratios.two) {
  const shares = ratios.two.map((value, round) => value / ratios.machine[round]);
  console.log(`two / machine: ${median(shares).toFixed(3)}`);
}
