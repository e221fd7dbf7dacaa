#!/usr/bin/env bash
# Kills a durable run of two shards in mid measurement, as a power cut would, and recovers: every order that was acknowledged
# must be there, and the consistency conditions must hold. Exits 1 unless all of that is so.
set -euo pipefail

dbtest=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/bin/dbtest.js
folder=$(mktemp -d)
run=
trap '[[ -z $run ]] || kill -KILL "$run" 2>/dev/null || true; rm -rf "$folder"' EXIT
options=(--data-dir "$folder/data" --local-shards=0,1 --warehouses 1)

node "$dbtest" load "${options[@]}"
node "$dbtest" run "${options[@]}" --warmup 0 --runtime 60 --acknowledgements "$folder/acknowledged.txt" \
  >/dev/null 2>"$folder/run.log" &
run=$!
until [[ -s "$folder/acknowledged.txt" ]]; do
  kill -0 "$run" || { cat "$folder/run.log"; exit 1; }
  sleep 0.1
done
sleep 2
kill -KILL "$run"
wait "$run" || true
run=

node "$dbtest" recover "${options[@]}" --check --export "$folder/csv"

# A line of the file: newOrder WAREHOUSE DISTRICT ORDER LINES. The last one may have been cut off by the kill.
awk -F'[ ,]' '
  FNR == 1 { file++ }
  file == 1 { if (FNR > 1) lines[$3 " " $2 " " $1]++; next }
  { pending[++count] = $2 " " $3 " " $4; expected[count] = $5 }
  END {
    for (i = 1; i < count; i++) if (lines[pending[i]] != expected[i]) { missing++; print "missing: order " pending[i] }
    printf "%d acknowledged orders, %d missing\n", count - 1, missing
    exit missing > 0 || count < 2
  }' "$folder/csv/ORDER-LINE.csv" "$folder/acknowledged.txt"
