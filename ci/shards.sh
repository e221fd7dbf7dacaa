# The targets of ci/ci.sh that run several shards, in one process and in several. Sourced by it.
# shellcheck shell=bash disable=SC2034

# new_cluster SHARDS WAREHOUSES: a YAML with free ports, in $CLUSTER.
new_cluster() {
  CLUSTER="$WORK/shards.yml"
  node ci/ports.mjs yaml "$1" "$2" "$CLUSTER"
}

# What a process with N shards logs on its way up and down.
expect_transport_log() {
  local file=$1 shards=$2 shard
  expect_text "$file" "^MultiTransportManager: Initializing $shards transports$" \
    "^MultiTransportManager: All $shards event loop threads spawned$" '^MultiTransportManager: All transports stopped$'
  for shard in "${@:3}"; do
    expect_text "$file" "^Initialized ShardContext for shard $shard$" \
      "^MultiTransportManager: Event loop thread started for shard $shard$" '^RrrRpcBackend initialized on 127\.0\.0\.1:[0-9]+$'
  done
}

expect_ports_free() { node ci/ports.mjs free "$CLUSTER" || fail 'a port is not free afterwards'; }

multiShardSingleProcess() {
  need_build
  examples/test_multi_shard_single_process.sh
  new_cluster 4 1
  run_and_keep run dbtest --shard-config "$CLUSTER" --remote-item-pct 100 --remote-payment-pct 100 --ring-capacity min \
    --warmup 0.5 --runtime 2 --json "$WORK/result.json"
  expect_status 0 "$STATUS" 'four shards, everything remote, smallest rings' "$WORK/run.err" "$WORK/run.out"
  expect_text "$WORK/run.err" '^Multi-shard mode: running 4 shards in this process$'
  expect_transport_log "$WORK/run.err" 4 0 1 2 3
  node ci/check-result.mjs "$WORK/result.json" runtime crossShard
  expect_ports_free
}

shard2SingleProcess() {
  need_build
  new_cluster 2 2
  run_and_keep run dbtest --shard-config "$CLUSTER" --num-threads 2 --warmup 1 --runtime 3 --json "$WORK/result.json"
  expect_status 0 "$STATUS" 'two shards with two workers each' "$WORK/run.err" "$WORK/run.out"
  expect_text "$WORK/run.err" '^Multi-shard mode: running 2 shards in this process$'
  expect_text "$WORK/run.out" '^Shard 0: ' '^Shard 1: ' '^shard 1 agg_throughput: [0-9.]+ ops/sec$' "${REPORT_LINES[@]}"
  expect_transport_log "$WORK/run.err" 2 0 1
  node ci/check-result.mjs "$WORK/result.json" runtime crossShard
  expect_ports_free
}

# start_process NAME ARGUMENT...: in the background, output to $WORK/NAME.out and .err.
start_process() {
  node bin/dbtest.js --shard-config "$CLUSTER" "${@:2}" --json "$WORK/$1.json" >"$WORK/$1.out" 2>"$WORK/$1.err" </dev/null &
  BACKGROUND_PID=$!
}

# Two processes with one shard each.
shardNoReplication() {
  need_build
  new_cluster 2 1
  start_process other --shard-index 1 --warmup 1 --runtime 3
  run_and_keep run dbtest --shard-config "$CLUSTER" --shard-index 0 --warmup 1 --runtime 3 --json "$WORK/run.json"
  expect_status 0 "$STATUS" 'the process of shard 0' "$WORK/run.err" "$WORK/other.err"
  STATUS=0
  wait "$BACKGROUND_PID" || STATUS=$?
  BACKGROUND_PID=
  expect_status 0 "$STATUS" 'the process of shard 1' "$WORK/other.err"
  expect_text "$WORK/run.err" '^Connected to shard 1 on '
  expect_text "$WORK/run.out" '^Shard 0: ' '^Totals \(2 shards in 2 processes\)$' '^shard 1 agg_throughput: ' "${REPORT_LINES[@]}"
  expect_text "$WORK/other.out" '^Shard 1: ' 'all [0-9]+ conditions hold'
  expect_transport_log "$WORK/run.err" 1 0
  expect_transport_log "$WORK/other.err" 1 1
  node ci/check-result.mjs "$WORK/run.json" runtime crossShard
  node ci/check-result.mjs "$WORK/other.json" runtime crossShard
  expect_ports_free
}

# Every message between shards of one process through both shards' ports.
transportTcp() {
  need_build
  new_cluster 2 1
  run_and_keep run dbtest --shard-config "$CLUSTER" --transport tcp --warmup 1 --runtime 3 --json "$WORK/result.json"
  expect_status 0 "$STATUS" 'two shards over TCP' "$WORK/run.err" "$WORK/run.out"
  node ci/check-result.mjs "$WORK/result.json" runtime crossShard tcp
  expect_transport_log "$WORK/run.err" 2 0 1
  expect_ports_free
}

# The last shard's port belongs to somebody else: one line, exit code 5, nothing left behind.
portTaken() {
  need_build
  new_cluster 3 1
  mkfifo "$WORK/hold"
  node ci/ports.mjs hold "$CLUSTER" <"$WORK/hold" >"$WORK/hold.out" 2>"$WORK/hold.err" &
  BACKGROUND_PID=$!
  exec 9>"$WORK/hold"
  wait_for_text "$WORK/hold.out" '^holding port ' 20 "$BACKGROUND_PID"
  run_and_keep run timeout 60 node bin/dbtest.js --shard-config "$CLUSTER"
  expect_status 5 "$STATUS" 'a port that is taken' "$WORK/run.err" "$WORK/run.out"
  expect_text "$WORK/run.err" 'Failed to initialize multi-shard transports.*shard 2.*in use'
  [[ ! -s $WORK/run.out ]] || fail 'output on stdout' "$WORK/run.out"
  exec 9>&-
  wait "$BACKGROUND_PID" || true
  BACKGROUND_PID=
  expect_ports_free
}

# peer_lost POLICY STATUS: kills the process of shard 1 in the middle of the measurement.
peer_lost() {
  new_cluster 2 1
  start_process lost --shard-index 1 --on-peer-loss "$1" --warmup 0 --runtime 8
  local lost=$BACKGROUND_PID survivor
  start_process run --shard-index 0 --on-peer-loss "$1" --warmup 0 --runtime 8
  survivor=$BACKGROUND_PID
  wait_for_text "$WORK/lost.err" '^Measuring for ' 60 "$lost"
  sleep 1
  kill -KILL "$lost"
  wait "$lost" 2>/dev/null || true
  STATUS=0
  wait "$survivor" || STATUS=$?
  BACKGROUND_PID=
  expect_status "$2" "$STATUS" "the process that is left (--on-peer-loss $1)" "$WORK/run.err"
  expect_text "$WORK/run.err" '^Lost shard 1: '
  expect_text "$WORK/run.out" '^Shard 0: ' 'not checkable'
  node ci/check-result.mjs "$WORK/run.json" "$3" peerLost
  expect_ports_free
}

peerLost() {
  need_build
  peer_lost stop 5 peer-lost
  peer_lost continue 0 runtime
}
