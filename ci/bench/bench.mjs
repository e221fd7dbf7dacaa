#!/usr/bin/env node
/**
 * dbtest against the yardstick, in alternation: `npm run bench -- [--pairs 10] [--seconds 10] [--warehouses 1,4]`.
 *
 * Absolute figures of a shared machine drift by the minute, so each round runs both, at every number of warehouses, in one
 * sitting and in alternating order, and what counts is the median of the ratios by round. Prints a line a pair and a
 * summary; never judges.
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
const pairs = wholeNumber('pairs', values.pairs);
const seconds = wholeNumber('seconds', values.seconds);
const sizes = values.warehouses.split(',').map((text) => wholeNumber('warehouses', text));

const yardstickPath = fileURLToPath(new URL('./yardstick.mjs', import.meta.url));
const dbtestPath = fileURLToPath(new URL('../../bin/dbtest.js', import.meta.url));

const median = (samples) => {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
const spread = (samples) => {
  const sorted = samples.toSorted((a, b) => a - b);
  return `${median(sorted).toFixed(3)} (${sorted[0].toFixed(3)} .. ${sorted[sorted.length - 1].toFixed(3)})`;
};

function wholeNumber(name, text) {
  const value = Number(text);
  if (text !== '' && Number.isInteger(value) && value >= 1) return value;
  console.error(`bench: --${name}: "${text}" is not accepted; give a whole number from 1`);
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

const runYardstick = (warehouses) => run([yardstickPath, String(warehouses), String(seconds)]).tps;
const runDbtest = (warehouses) => {
  const shape = ['--num-threads', '1', '--warehouses', String(warehouses)];
  const time = ['--warmup', '1', '--runtime', String(seconds)];
  return run([dbtestPath, ...shape, ...time, '--no-check', '--quiet', '--json', '-']).totals.throughputTps;
};

console.log(`${pairs} rounds of ${seconds} s, warehouses ${sizes.join(', ')}, one worker, full mix`);
/** By number of warehouses, by round. */
const samples = new Map(sizes.map((warehouses) => [warehouses, { yardstick: [], dbtest: [] }]));
for (let round = 0; round < pairs; round++) {
  const steps = [...samples].flatMap(([warehouses, { yardstick, dbtest }]) => [
    () => yardstick.push(runYardstick(warehouses)),
    () => dbtest.push(runDbtest(warehouses)),
  ]);
  for (const step of round % 2 === 0 ? steps : steps.toReversed()) step();
  for (const [warehouses, { yardstick, dbtest }] of samples) {
    const [own, other] = [dbtest[round], yardstick[round]];
    console.log(
      `round ${String(round + 1).padStart(2)}  warehouses ${warehouses}  yardstick ${Math.round(other)}/s  ` +
        `dbtest ${Math.round(own)}/s  ratio ${(own / other).toFixed(3)}`,
    );
  }
}
const ratiosOf = ({ yardstick, dbtest }) => dbtest.map((tps, round) => tps / yardstick[round]);
const first = ratiosOf(samples.get(sizes[0]));
for (const [warehouses, sample] of samples) {
  const ratios = ratiosOf(sample);
  console.log(
    `median    warehouses ${warehouses}  yardstick ${Math.round(median(sample.yardstick))}/s  ` +
      `dbtest ${Math.round(median(sample.dbtest))}/s  ratio ${spread(ratios)}`,
  );
  if (warehouses === sizes[0]) continue;
  const kept = ratios.map((ratio, round) => ratio / first[round]);
  console.log(
    `          kept from ${sizes[0]} to ${warehouses} warehouses, beyond the yardstick's own loss: ${spread(kept)}`,
  );
}
