#!/usr/bin/env bash
# Runs TPC-C on one shard with one worker and reads the JSON result: throughput, latency by transaction, and the verdict
# of the consistency conditions. Exits 1 unless there were commits and every condition held.
set -euo pipefail

dbtest=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/bin/dbtest.js
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

node "$dbtest" --num-threads 1 --warehouses 1 --warmup 1 --runtime 3 --json "$folder/result.json"

node --input-type=module - "$folder/result.json" <<'READ'
import { readFileSync } from 'node:fs';

const { totals, shards, consistency } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const [shard] = shards;

console.log('\nFrom the JSON result:');
for (const { title, commits, latencyUs } of Object.values(shard.transactions))
  console.log(`  ${title}: ${commits} commits, p50 ${latencyUs?.p50} us, p99 ${latencyUs?.p99} us`);

const failed = consistency.conditions.filter((condition) => !condition.passed);
if (totals.commits === 0 || failed.length > 0 || !consistency.passed) {
  console.log(`Did not hold: ${totals.commits} commits, failed: ${failed.map(({ id }) => id).join(', ')}`);
  process.exit(1);
}
console.log(
  `Shown: one shard did ${Math.round(totals.tpmC)} tpmC, and all ${consistency.conditions.length} consistency conditions held.`,
);
READ
