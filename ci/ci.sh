#!/usr/bin/env bash
# The project's checks, one target per kind: `ci/ci.sh TARGET...`, or `all`. Each target installs and builds what it
# needs, so that it works on a fresh clone, and leaves nothing behind outside node_modules/ and dist/.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"

TARGETS=(lint types build unit databases simulate plantedBugs historyVerified crash fuzz pack readme singleShard multiShardSingleProcess shard2SingleProcess shardNoReplication
  transportTcp portTaken peerLost interrupt memoryLimit badInput examples)

WORK=$(mktemp -d "${TMPDIR:-/tmp}/dbtest-ci.XXXXXX")
BACKGROUND_PID=
cleanup() {
  if [[ -n $BACKGROUND_PID ]]; then kill -KILL "$BACKGROUND_PID" 2>/dev/null || true; fi
  rm -rf "$WORK"
}
trap cleanup EXIT

# --- tools ------------------------------------------------------------------------------------------------------------

say() { printf '%s\n' "$*"; }

# fail MESSAGE [FILE...]: ends the target; the ends of the files say why.
fail() {
  local file
  printf 'FAILED: %s\n' "$1" >&2
  for file in "${@:2}"; do
    printf -- '--- %s\n' "${file##*/}" >&2
    tail -n 30 "$file" >&2
  done
  exit 1
}

need_modules() {
  [[ -f node_modules/.package-lock.json ]] || npm ci --no-audit --no-fund
}

# A build is as old as its oldest file that every build writes.
need_build() {
  need_modules
  if [[ ! -f dist/src/errors.js ]] ||
    [[ -n $(find src workloads package.json tsconfig.json ci/tsconfig.build.json -newer dist/src/errors.js -print -quit) ]]; then
    npm run build
  fi
}

dbtest() { node bin/dbtest.js "$@"; }

# expect_status WANTED ACTUAL WHAT [FILE...]
expect_status() {
  [[ $2 -eq $1 ]] || fail "$3: exit code $2 instead of $1" "${@:4}"
}

# expect_text FILE PATTERN...: every extended regular expression matches a line of the file.
expect_text() {
  local pattern
  for pattern in "${@:2}"; do
    grep -Eq -- "$pattern" "$1" || fail "no line matches '$pattern'" "$1"
  done
}

# What the report of every checked run contains, whatever the terminal.
REPORT_LINES=('^  New-Order ' '^  Payment ' '^  Order-Status ' '^  Delivery ' '^  Stock-Level ' 'p99\.9' '^  tpmC '
  'all [0-9]+ conditions hold' '^shard 0 agg_throughput: [0-9.]+ ops/sec$' '^agg_throughput: [0-9.]+ ops/sec$'
  '^agg_persist_throughput: [0-9.]+ ops/sec$' '^agg_abort_rate: [0-9.]+ aborts/sec$')

# run_and_keep NAME COMMAND...: output to $WORK/NAME.out and .err, exit code to $STATUS.
run_and_keep() {
  local name=$1
  STATUS=0
  "${@:2}" >"$WORK/$name.out" 2>"$WORK/$name.err" </dev/null || STATUS=$?
}

# wait_for_text FILE PATTERN SECONDS PID: until a line of the file matches, while the process lives.
wait_for_text() {
  local deadline=$((SECONDS + $3))
  until grep -Eq -- "$2" "$1"; do
    kill -0 "$4" 2>/dev/null || fail "the process ended before a line matched '$2'" "$1"
    ((SECONDS < deadline)) || fail "no line matched '$2' within $3 s" "$1"
    sleep 0.05
  done
}

# shellcheck source=ci/shards.sh
source "$ROOT/ci/shards.sh"

# --- targets ----------------------------------------------------------------------------------------------------------

lint() {
  local scripts=(ci/ci.sh .ci/run src/drivers/testing/*.sh examples/*.sh) script
  need_modules
  npm run lint
  for script in "${scripts[@]}"; do bash -n "$script"; done
  if command -v shellcheck >/dev/null; then
    shellcheck "${scripts[@]}"
  else
    say 'shellcheck is not installed: the scripts were only parsed'
  fi
}

types() {
  need_modules
  npm run typecheck
}

build() {
  need_modules
  npm run build
  [[ $(dbtest --version) == "$(node -p "require('./package.json').version")" ]] || fail 'the build does not know its version'
}

# The README's test command; it builds first.
unit() {
  need_modules
  npm test
}

# The tests that start database servers for whole runs, which `npm test` leaves out.
databases() {
  need_build
  npx vitest run --config ci/vitest.databases.config.ts
}

# Schedules that seeds choose, every workload with each. Other ranges by hand: dbtest simulate --seeds 2001..4000
simulate() {
  need_build
  run_and_keep simulate dbtest simulate --seeds 1..2000
  expect_status 0 "$STATUS" 'simulate' "$WORK/simulate.err" "$WORK/simulate.out"
  expect_text "$WORK/simulate.out" '^seeds 1\.\.2000 with append, bank, tpcc: no anomaly$'
  cat "$WORK/simulate.out"
}

# Deliberate bugs in the transaction and messaging code: each must be caught, and the table says by how many seeds.
plantedBugs() {
  need_modules
  npx vitest run --config ci/vitest.config.ts --reporter=verbose src/simulation/planted-bugs.test.ts
}

# Durable runs that are killed at random moments: what they acknowledged must be there, in one process and in two.
crash() {
  need_build
  node ci/crash.mjs --rounds 3 --seed 7
  node ci/crash.mjs --rounds 2 --seed 8 --durability sync
  node ci/crash.mjs --rounds 3 --seed 9 --processes 2
}

# A real run of lists on four shards in two processes, whose history is verified.
historyVerified() {
  local first=0 second=0
  need_build
  node ci/ports.mjs yaml 4 1 "$WORK/shards.yml"
  local run=(--workload append --shard-config "$WORK/shards.yml" --lists-per-warehouse 4 --warmup 1 --runtime 8)
  dbtest "${run[@]}" --local-shards=0,1 --history "$WORK/a.history" >"$WORK/a.out" 2>"$WORK/a.err" </dev/null &
  BACKGROUND_PID=$!
  dbtest "${run[@]}" --local-shards=2,3 --history "$WORK/b.history" >"$WORK/b.out" 2>"$WORK/b.err" </dev/null || second=$?
  wait "$BACKGROUND_PID" || first=$?
  BACKGROUND_PID=
  expect_status 0 "$first" 'the process with shards 0 and 1' "$WORK/a.err" "$WORK/a.out"
  expect_status 0 "$second" 'the process with shards 2 and 3' "$WORK/b.err" "$WORK/b.out"
  run_and_keep verify dbtest verify "$WORK/a.history" "$WORK/b.history"
  expect_status 0 "$STATUS" 'verify' "$WORK/verify.err" "$WORK/verify.out"
  expect_text "$WORK/verify.out" '^No anomaly: the history is strictly serializable$'
  cat "$WORK/verify.out"
}

# Bounded; the same inputs in every run. Longer: npm run fuzz -- --seconds 3600 --seed N
fuzz() {
  need_modules
  npm run fuzz -- --seconds 34
}

# An installation from the package, without the repository around it and without development packages.
pack() {
  local tarball
  need_modules
  npm pack --silent --pack-destination "$WORK" >"$WORK/pack.log"
  tarball=$(find "$WORK" -name '*.tgz')
  tar -tzf "$tarball" | sort >"$WORK/contents"
  expect_text "$WORK/contents" '^package/LICENSE$' '^package/README\.md$' '^package/bin/' '^package/config/.*\.yml$' \
    '^package/dist/src/' '^package/dist/workloads/'
  if grep -E '\.test\.|/testing/|\.ts$|cpuprofile' "$WORK/contents"; then fail 'the package contains what only development needs'; fi

  mkdir "$WORK/project"
  cd "$WORK/project"
  npm init --yes >/dev/null
  npm install --omit=dev --prefer-offline --no-audit --no-fund "$tarball"
  run_and_keep version npx --no -- dbtest --version
  expect_status 0 "$STATUS" 'dbtest --version' "$WORK/version.err"
  [[ $(<"$WORK/version.out") == "$(node -p "require('$ROOT/package.json').version")" ]] ||
    fail 'dbtest --version is not the version of the package' "$WORK/version.out"
  run_and_keep help npx --no -- dbtest --help
  expect_status 0 "$STATUS" 'dbtest --help' "$WORK/help.err"
  expect_text "$WORK/help.out" '--num-threads' '--warehouses' '--shard-config' '--runtime' '--json'
  run_and_keep run npx --no -- dbtest --num-threads 1 --warehouses 1 --warmup 0 --runtime 1 --json result.json
  expect_status 0 "$STATUS" 'a run of the installed package' "$WORK/run.err"
  expect_text "$WORK/run.out" "${REPORT_LINES[@]}"
  node "$ROOT/ci/check-result.mjs" result.json runtime
  say "installed and ran $(basename "$tarball"), $(wc -l <"$WORK/contents") files"
}

# The commands of the README between `<!-- ci: commands -->` and `<!-- ci: end -->`, one a line in a fenced block: the
# first runs the main job, the second the tests. In a fresh clone, as a reader would.
readme() {
  local commands=() command
  mapfile -t commands < <(sed -n '/<!-- ci: commands -->/,/<!-- ci: end -->/p' README.md | grep -Ev '^(<!--|```|#|[[:space:]]*$)' | sed 's/^\$ //')
  ((${#commands[@]} == 2)) || fail "README.md has ${#commands[@]} commands between its ci markers instead of 2" README.md
  [[ -z $(git status --porcelain) ]] || say 'note: the working tree has changes, and a clone has only what is committed'
  git clone --quiet "$ROOT" "$WORK/clone"
  cd "$WORK/clone"
  command=${commands[0]}
  say "\$ $command"
  run_and_keep command bash -c "$command"
  expect_status 0 "$STATUS" "README: $command" "$WORK/command.err" "$WORK/command.out"
  expect_text "$WORK/command.out" "${REPORT_LINES[@]}"
  [[ -z $(git status --porcelain) ]] || fail "the README's commands leave changes in the clone"
  [[ ${commands[1]} == 'npm ci && npm test' ]] || fail "the README's second command is not what the unit target runs"
  say "the README's first command works in a fresh clone; the second is the unit target"
}

singleShard() {
  need_build
  run_and_keep run dbtest --num-threads 1 --warehouses 1 --warmup 0.5 --runtime 2 --json "$WORK/result.json"
  expect_status 0 "$STATUS" 'a run of one shard' "$WORK/run.err" "$WORK/run.out"
  expect_text "$WORK/run.out" "${REPORT_LINES[@]}"
  node ci/check-result.mjs "$WORK/result.json" runtime
}

# Ctrl-C once during the measurement.
interrupt() {
  need_build
  node bin/dbtest.js --num-threads 1 --warehouses 1 --warmup 0 --runtime 600 --json "$WORK/result.json" \
    >"$WORK/run.out" 2>"$WORK/run.err" </dev/null &
  BACKGROUND_PID=$!
  wait_for_text "$WORK/run.err" '^Measuring: .*; [1-9][0-9,.]* tx/s' 60 "$BACKGROUND_PID"
  kill -INT "$BACKGROUND_PID"
  STATUS=0
  wait "$BACKGROUND_PID" || STATUS=$?
  BACKGROUND_PID=
  expect_status 130 "$STATUS" 'an interrupted run' "$WORK/run.err"
  expect_text "$WORK/run.out" "${REPORT_LINES[@]}" 'early, interrupted'
  node ci/check-result.mjs "$WORK/result.json" interrupt
}

memoryLimit() {
  need_build
  run_and_keep run dbtest --num-threads 1 --warehouses 1 --warmup 0 --runtime 600 --memory-limit 200MB --json "$WORK/result.json"
  expect_status 0 "$STATUS" 'a run that reaches its memory limit' "$WORK/run.err"
  expect_text "$WORK/run.out" "${REPORT_LINES[@]}" 'early, memory limit'
  node ci/check-result.mjs "$WORK/result.json" memory-limit
}

# Wrong invocations, each with what its message must name: one line on stderr, nothing on stdout, exit code 2, no file
# left.
badInput() {
  local line count=0 arguments=()
  need_build
  mkdir "$WORK/in"
  cd "$WORK/in"
  printf 'nshards: [1\n' >malformed.yml
  printf 'nshards: 1\nhost: 127.0.0.1\nshards:\n  - {shard_id: 0, port: 31000}\nsurprise: 1\n' >unknown-key.yml
  printf 'nshards: 2\nhost: 127.0.0.1\nshards:\n  - {shard_id: 0, port: 31000}\n  - {shard_id: 1, port: 31000}\n' >same-port.yml
  printf 'nshards: 2\nhost: 127.0.0.1\nshards:\n  - {shard_id: 0, port: 31000}\n  - {shard_id: 2, port: 31100}\n' >gap.yml
  printf 'nshards: 1\nhost: 127.0.0.1\nshards:\n  - {shard_id: 0, port: 31000}\n' >one-shard.yml
  printf 'nshards: many\nhost: 127.0.0.1\nshards:\n  - {shard_id: 0, port: 31000}\n' >wrong-type.yml
  printf '{"schemaVersion":99}\n' >newer.json
  printf '{"schemaVersion":1,"endedBy":"magic"}\n' >other.json
  touch a-file
  find . | sort >"$WORK/files-before"
  while read -r line; do
    read -ra arguments <<<"${line%%=> *}"
    run_and_keep bad timeout 60 node "$ROOT/bin/dbtest.js" "${arguments[@]}"
    expect_status 2 "$STATUS" "dbtest ${arguments[*]}" "$WORK/bad.err" "$WORK/bad.out"
    [[ $(wc -l <"$WORK/bad.err") -eq 1 ]] || fail "dbtest ${arguments[*]}: not one line on stderr" "$WORK/bad.err"
    [[ ! -s $WORK/bad.out ]] || fail "dbtest ${arguments[*]}: output on stdout" "$WORK/bad.out"
    expect_text "$WORK/bad.err" "${line##*=> }"
    count=$((count + 1))
  done <<'INVOCATIONS'
--num-threads 0                               => --num-threads
--num-threads 1.5                             => --num-threads
--num-threads x                               => --num-threads
--num-threads                                 => --num-threads
--num-threads 2 --warehouses 1                => --num-threads.*warehouse
--warehouses 0                                => --warehouses
--warehouses x                                => --warehouses
--warehouses -1                               => --warehouses
--terminals 0                                 => --terminals
--runtime -1                                  => --runtime
--runtime 0                                   => --runtime
--runtime 5parsecs                            => --runtime
--warmup -1                                   => --warmup
--pacing sometimes                            => --pacing
--rate 0                                      => --rate
--rate fast                                   => --rate
--rate 100 --pacing keying                    => --rate.*--pacing
--mix newOrder=x                              => --mix.*newOrder
--mix noSuchTransaction=1                     => --mix.*noSuchTransaction
--seed x                                      => --seed
--workload no-such-workload                   => --workload.*no-such-workload
--memory-limit lots                           => --memory-limit
--no-such-option                              => no-such-option
--no-such-option=1                            => no-such-option
stray                                         => stray
--local-shards 0 --shard-index 0              => --local-shards.*--shard-index
--local-shards x                              => --local-shards
--shard-config one-shard.yml --local-shards 7 => --local-shards.*one-shard.yml
--shard-config one-shard.yml --shard-index 7  => --shard-index.*one-shard.yml
--shard-config missing.yml                    => missing.yml
--shard-config malformed.yml                  => malformed.yml
--shard-config unknown-key.yml                => unknown-key.yml: .*surprise
--shard-config same-port.yml                  => same-port.yml: shards.*31000
--shard-config gap.yml                        => gap.yml: shards
--shard-config wrong-type.yml                 => wrong-type.yml: nshards
--json no-such-folder/result.json             => no-such-folder
--export a-file                               => --export.*a-file
--csv no-such-folder/run.csv                  => no-such-folder
--csv -                                       => --csv.*standard output
--hlog no-such-folder/run.hlog                => no-such-folder
--html page --hlog page                       => --hlog.*page.*HTML report
--json result --csv ./result                  => --csv.*result.*JSON result
--history run.history                         => --history.*tpcc
--chaos nonsense                              => --chaos.*nonsense.*pause
--chaos pause:nobody                          => --chaos.*nobody.*pause:worker
--chaos pause:worker,for=1ms                  => --chaos.*does not say when
--chaos pause:worker,for=soon,at=1s           => --chaos.*for is .soon.
--chaos pause:worker=7,for=1ms,at=1s          => --chaos.*no worker 7
--chaos kill:process,at=60s --runtime 1       => --chaos.*--runtime
--chaos delay:frames,for=1ms,chance=200%      => --chaos.*chance is
--chaos stop:transport=0,at=1s                => --chaos.*no links
report missing.json                           => missing.json
report a-file                                 => a-file: .*empty
report newer.json                             => newer.json: .*schema version 99
report other.json                             => other.json: no result
compare newer.json newer.json                 => newer.json: .*schema version 99
compare other.json other.json                 => other.json: no result
INVOCATIONS
  find . | sort >"$WORK/files-after"
  diff "$WORK/files-before" "$WORK/files-after" || fail 'wrong invocations leave files'
  say "$count wrong invocations: each one line, exit code 2"
}

examples() {
  local script count=0
  need_build
  for script in examples/*; do
    [[ -x $script ]] || continue
    say "--- $script"
    "$script" </dev/null || fail "$script"
    count=$((count + 1))
  done
  ((count > 0)) || fail 'there is nothing executable in examples/'
}

# --- command line -----------------------------------------------------------------------------------------------------

usage() {
  say "usage: ci/ci.sh TARGET...
targets: all ${TARGETS[*]}
  --list   prints the targets that 'all' runs, one a line"
}

is_target() {
  local target
  for target in "${TARGETS[@]}"; do [[ $1 == "$target" ]] && return 0; done
  return 1
}

# Each in a process of its own: a failure ends that target, not the others.
run_each() {
  local target failed=()
  for target in "$@"; do
    say "=== $target"
    "${BASH_SOURCE[0]}" "$target" || failed+=("$target")
  done
  ((${#failed[@]} == 0)) || fail "${failed[*]}"
  say "all passed: $*"
}

if (($# == 0)); then
  usage >&2
  exit 2
fi
if [[ $1 == --list ]]; then
  printf '%s\n' "${TARGETS[@]}"
  exit 0
fi
for argument in "$@"; do
  if [[ $argument != all ]] && ! is_target "$argument"; then
    printf 'unknown target: %s\n' "$argument" >&2
    usage >&2
    exit 2
  fi
done
if (($# > 1)); then
  run_each "$@"
elif [[ $1 == all ]]; then
  run_each "${TARGETS[@]}"
else
  "$1"
fi
