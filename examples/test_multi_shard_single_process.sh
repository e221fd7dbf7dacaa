#!/usr/bin/env bash
# Runs two shards with two workers each in one process and checks what that must come to: the log of every step up and down,
# commits and cross-shard transactions in both shards, all consistency conditions over both, no dropped frame, every thread
# ended, and the ports free again. Exits 1 at the first thing that is not so.
set -euo pipefail

dbtest=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/bin/dbtest.js
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

failed() {
  echo "FAILED: $1" >&2
  tail -n 30 "$folder/log" >&2
  exit 1
}

# Ports that are free at this moment, for shard 0 and shard 1.
node --input-type=module - "$folder/shards.yml" <<'PORTS'
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';

const servers = [createServer(), createServer()];
for (const server of servers) await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const shards = servers.map((server, shard) => `  - {shard_id: ${shard}, port: ${server.address().port}}`);
for (const server of servers) await new Promise((resolve) => server.close(resolve));
writeFileSync(process.argv[2], `nshards: 2\nhost: 127.0.0.1\nwarehouses: 2\nshards:\n${shards.join('\n')}\n`);
PORTS

status=0
node "$dbtest" --local-shards=0,1 --shard-config "$folder/shards.yml" --num-threads 2 --warmup 1 --runtime 3 \
  --json "$folder/result.json" >"$folder/report" 2>"$folder/log" || status=$?
((status == 0)) || failed "dbtest ended with exit code $status"

for line in 'Multi-shard mode: running 2 shards in this process' \
  'Initialized ShardContext for shard 0' 'Initialized ShardContext for shard 1' \
  'MultiTransportManager: Initializing 2 transports' \
  'MultiTransportManager: Event loop thread started for shard 0' \
  'MultiTransportManager: Event loop thread started for shard 1' \
  'MultiTransportManager: All 2 event loop threads spawned' \
  'RrrRpcBackend initialized on 127.0.0.1:' 'MultiTransportManager: All transports stopped'; do
  grep -Fq "$line" "$folder/log" || failed "the log lacks: $line"
done

node --input-type=module - "$folder/result.json" <<'READ' || failed 'the result is not what it must be'
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const { shards, totals, consistency } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const wrong = [];
for (const { shardId, commits, crossShardPct, threads, counters } of shards) {
  console.log(`  shard ${shardId}: ${commits} commits by ${threads} workers, ${crossShardPct.toFixed(2)}% cross-shard`);
  if (commits === 0) wrong.push(`shard ${shardId} committed nothing`);
  if (crossShardPct === 0) wrong.push(`shard ${shardId} has no cross-shard transaction`);
  if (counters.frameDropsTotal !== 0) wrong.push(`shard ${shardId} dropped ${counters.frameDropsTotal} frames`);
}
if (shards.length !== 2) wrong.push(`${shards.length} shards instead of 2`);
for (const { id, passed, violations } of consistency.conditions)
  if (!passed) wrong.push(`condition ${id}: ${violations.join('; ')}`);
if (consistency.passed !== true || consistency.conditions.length < 12) wrong.push('the conditions were not all checked');
for (const { port } of shards) {
  const server = createServer();
  await new Promise((resolve) => {
    server.once('error', () => {
      wrong.push(`port ${port} is not free again`);
      resolve();
    });
    server.listen(port, '127.0.0.1', () => server.close(resolve));
  });
}
for (const line of wrong) console.log(`Did not hold: ${line}`);
if (wrong.length > 0) process.exit(1);
console.log(
  `Shown: two shards in one process did ${Math.round(totals.tpmC)} tpmC, ${totals.crossShardPct.toFixed(2)}% of the ` +
    `transactions across shards, and all ${consistency.conditions.length} conditions held over both.`,
);
READ
