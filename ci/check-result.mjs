/**
 * Checks that a JSON result is that of a healthy run: `node ci/check-result.mjs FILE ENDED-BY [TRAIT...]`. ENDED-BY is what
 * must have ended the measurement (runtime, interrupt, memory-limit, peer-lost). Traits: crossShard (transactions crossed
 * shards, at about the expected share), tcp (they did so over connections), peerLost (another process was lost). Exits 1 with one line for each thing that is wrong.
 */
import { readFileSync } from 'node:fs';

const CONDITIONS = Array.from({ length: 12 }, (_, index) => `3.3.2.${index + 1}`);
const TRANSACTIONS = ['newOrder', 'payment', 'orderStatus', 'delivery', 'stockLevel'];
const SECTIONS = [
  'schemaVersion',
  'config',
  'seed',
  'host',
  'phases',
  'totals',
  'shards',
  'audit',
  'consistency',
  'series',
];
const PERCENTILES = ['p50', 'p90', 'p95', 'p99', 'p999', 'max'];

const [path, endedBy, ...traits] = process.argv.slice(2);
const result = JSON.parse(readFileSync(path, 'utf8'));
const wrong = [];
const check = (holds, message) => {
  if (!holds) wrong.push(message);
};

/** Latencies are there, positive and in order. */
function checkLatency(latencyUs, where) {
  const values = PERCENTILES.map((name) => latencyUs?.[name]);
  check(values.every(Number.isFinite), `${where}: latencyUs lacks numbers: ${JSON.stringify(latencyUs)}`);
  check(
    values.every((value, index) => value > 0 && (index === 0 || value >= values[index - 1])),
    `${where}: percentiles are not in order: ${values.join(', ')}`,
  );
}

for (const section of [...SECTIONS, 'deviations']) check(section in result, `no key ${section}`);
check(result.endedBy === endedBy, `endedBy is ${result.endedBy} instead of ${endedBy}`);
check(result.phases?.measuredSeconds > 0, 'nothing was measured');
for (const name of ['commits', 'throughputTps', 'tpmC'])
  check(result.totals?.[name] > 0, `totals.${name} is not positive`);

check(result.shards?.length === result.config?.localShardIds?.length, 'not one result for each local shard');
for (const shard of result.shards ?? []) {
  const { counters = {} } = shard;
  const drops = counters.frameDropsTotal;
  check(
    drops === 0 || (traits.includes('peerLost') && drops === counters.dropsBy_linkLost),
    `shard ${shard.shardId}: frameDropsTotal is ${drops}`,
  );
  if (traits.includes('crossShard')) {
    check(counters.fragmentsExecuted > 0, `shard ${shard.shardId}: no fragment was executed`);
    check(shard.transactions?.payment?.crossShard?.commits > 0, `shard ${shard.shardId}: no Payment crossed shards`);
    check(shard.transactions?.newOrder?.crossShard?.commits > 0, `shard ${shard.shardId}: no New-Order crossed shards`);
  }
  if (traits.includes('tcp')) check(counters.tcpFramesIn > 0, `shard ${shard.shardId}: nothing came over a connection`);
  check(shard.histogram?.length > 0, `shard ${shard.shardId}: no histogram`);
  let commits = 0;
  for (const key of TRANSACTIONS) {
    const where = `shard ${shard.shardId}, ${key}`;
    const transaction = shard.transactions?.[key];
    commits += transaction?.commits ?? 0;
    check(transaction?.commits > 0, `${where}: no commits`);
    checkLatency(transaction?.latencyUs, where);
  }
  check(shard.commits === commits, `shard ${shard.shardId}: ${shard.commits} commits, but ${commits} by transaction`);
}

if (traits.includes('crossShard')) {
  const { crossShardPct, expectedCrossShardPct } = result.totals;
  const near = Math.abs(crossShardPct - expectedCrossShardPct) < 0.5 + expectedCrossShardPct / 20;
  check(near, `${crossShardPct}% crossed shards instead of ${expectedCrossShardPct}%`);
}

const { passed, conditions = [] } = result.consistency ?? {};
const expected = traits.includes('peerLost') ? null : true;
check(passed === expected, `consistency.passed is ${passed}`);
const seen = new Map(conditions.map((condition) => [condition.id, condition]));
for (const id of CONDITIONS) {
  const condition = seen.get(id);
  const holds = condition?.passed === true || (expected === null && condition?.checkable === false);
  check(holds, `condition ${id}: ${condition ? condition.violations.join('; ') : 'missing'}`);
}

if (wrong.length > 0) {
  console.error(wrong.map((line) => `${path}: ${line}`).join('\n'));
  process.exit(1);
}
console.log(
  `result is sound: ${result.totals.commits} commits, ${Math.round(result.totals.tpmC)} tpmC, ` +
    `${conditions.length} conditions passed, ended by ${result.endedBy}`,
);
