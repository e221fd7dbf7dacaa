#!/usr/bin/env node
/**
 * dbtest against the yardstick, in alternation: `npm run bench -- [--pairs 10] [--seconds 10] [--warehouses 1]`.
 *
 * Absolute figures of a shared machine drift by the minute, so each pair runs both in one sitting and in alternating order,
 * and what counts is the median of the ratios by pair. Prints a line a pair and a summary; never judges.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '10' },
    warehouses: { type: 'string', default: '1' },
  },
});
const pairs = wholeNumber('pairs');
const seconds = wholeNumber('seconds');
const warehouses = wholeNumber('warehouses');

const yardstickPath = fileURLToPath(new URL('./yardstick.mjs', import.meta.url));
const dbtestPath = fileURLToPath(new URL('../../bin/dbtest.js', import.meta.url));

const median = (samples) => {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

function wholeNumber(name) {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= 1) return value;
  console.error(`bench: --${name}: "${values[name]}" is not accepted; give a whole number from 1`);
  process.exit(2);
}

function run(args) {
  const child = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (child.status !== 0) {
    console.error(`bench: ${args.join(' ')} ended with ${child.status}\n${child.stderr}`);
    process.exit(1);
  }
  return JSON.parse(child.stdout);
}

const runYardstick = () => run([yardstickPath, String(warehouses), String(seconds)]).tps;
const runDbtest = () => {
  const shape = ['--num-threads', '1', '--warehouses', String(warehouses)];
  const time = ['--warmup', '1', '--runtime', String(seconds)];
  return run([dbtestPath, ...shape, ...time, '--no-check', '--quiet', '--json', '-']).totals.throughputTps;
};

console.log(`pairs of ${seconds} s, ${warehouses} warehouse${warehouses === 1 ? '' : 's'}, one worker, full mix`);
const yardstick = [];
const dbtest = [];
for (let pair = 0; pair < pairs; pair++) {
  const order = [() => yardstick.push(runYardstick()), () => dbtest.push(runDbtest())];
  for (const step of pair % 2 === 0 ? order : order.toReversed()) step();
  const ratio = dbtest[pair] / yardstick[pair];
  console.log(
    `pair ${String(pair + 1).padStart(2)}  yardstick ${Math.round(yardstick[pair])}/s  dbtest ${Math.round(dbtest[pair])}/s  ratio ${ratio.toFixed(3)}`,
  );
}
const ratios = dbtest.map((tps, i) => tps / yardstick[i]).toSorted((a, b) => a - b);
console.log(
  `median  yardstick ${Math.round(median(yardstick))}/s  dbtest ${Math.round(median(dbtest))}/s  ratio ${median(ratios).toFixed(3)} (${ratios[0].toFixed(3)} .. ${ratios[ratios.length - 1].toFixed(3)})`,
);
