#!/usr/bin/env bash
# Exports the database after a run and checks two consistency conditions of the specification on the files with awk,
# independently of dbtest's own check. Exits 1 unless both hold.
#   3.3.2.1  W_YTD = sum(D_YTD), for every warehouse
#   3.3.2.4  sum(O_OL_CNT) = rows of ORDER-LINE, for every district
set -euo pipefail

dbtest=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/bin/dbtest.js
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# A fixed rate keeps the export small.
node "$dbtest" --num-threads 1 --warehouses 2 --warmup 0 --runtime 2 --rate 500 --no-check --export "$folder/csv"

# Functions for reading CSV: `split_record` fills field[] from a line, quotes included; `column` gives a column's number.
# (No column of these four tables may hold a line break, so that a record is a line.)
cat >"$folder/csv.awk" <<'AWK'
function split_record(line,    count, quoted, character, i, value) {
  if (index(line, "\"") == 0) return split(line, field, ",")
  count = 0; quoted = 0; value = ""
  for (i = 1; i <= length(line); i++) {
    character = substr(line, i, 1)
    if (quoted && character == "\"" && substr(line, i + 1, 1) == "\"") { value = value "\""; i++ }
    else if (character == "\"") quoted = !quoted
    else if (character == "," && !quoted) { field[++count] = value; value = "" }
    else value = value character
  }
  field[++count] = value
  return count
}
function column(name) {
  if (!((FILENAME, name) in number)) { print FILENAME " has no column " name; broken = 1; exit 1 }
  return number[FILENAME, name]
}
# Decimal with two digits to integer cents, so that sums are exact.
function cents(money) { sub(/\./, "", money); return money + 0 }
{ sub(/\r$/, ""); fields = split_record($0) }
FNR == 1 { for (i = 1; i <= fields; i++) number[FILENAME, field[i]] = i; next }
AWK

cat >"$folder/condition1.awk" <<'AWK'
FILENAME ~ /WAREHOUSE/ { ytd[field[column("W_ID")]] = cents(field[column("W_YTD")]); warehouses++ }
FILENAME ~ /DISTRICT/ { sum[field[column("D_W_ID")]] += cents(field[column("D_YTD")]); districts++ }
END {
  if (broken) exit 1
  for (w in ytd) if (ytd[w] != sum[w]) { printf "warehouse %s: W_YTD %d, sum of D_YTD %d cents\n", w, ytd[w], sum[w]; bad++ }
  printf "3.3.2.1: %d warehouses, %d districts, %d violations\n", warehouses, districts, bad
  exit !(warehouses == 2 && districts == 20 && bad == 0)
}
AWK

cat >"$folder/condition4.awk" <<'AWK'
FILENAME ~ /ORDER\.csv$/ { sum[field[column("O_W_ID")], field[column("O_D_ID")]] += field[column("O_OL_CNT")]; orders++ }
FILENAME ~ /ORDER-LINE/ { rows[field[column("OL_W_ID")], field[column("OL_D_ID")]]++; lines++ }
END {
  if (broken) exit 1
  for (d in rows) if (!(d in sum)) sum[d] = 0
  for (d in sum) {
    districts++
    if (sum[d] != rows[d]) { split(d, key, SUBSEP); printf "district %s/%s: O_OL_CNT %d, rows %d\n", key[1], key[2], sum[d], rows[d]; bad++ }
  }
  printf "3.3.2.4: %d orders, %d order lines, %d districts, %d violations\n", orders, lines, districts, bad
  exit !(districts == 20 && orders > 60000 && bad == 0)
}
AWK

cd "$folder/csv"
awk -f "$folder/csv.awk" -f "$folder/condition1.awk" WAREHOUSE.csv DISTRICT.csv
awk -f "$folder/csv.awk" -f "$folder/condition4.awk" ORDER.csv ORDER-LINE.csv
echo 'Shown: conditions 1 and 4 hold on the exported files, checked without dbtest.'
