#!/usr/bin/env bash
# Counts the instructions of a few pieces of work under callgrind, which a noisy machine does not change, and compares them with
# instructions.csv. More than 3 % above it fails; --update writes what is counted.
set -euo pipefail
cd "$(dirname "$0")"
baseline=instructions.csv
binary=$(cargo build --profile bench --quiet -p tilesim-benches --example workload --message-format json |
  sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' | tail -1)

count() {
  RAYON_NUM_THREADS=1 valgrind --tool=callgrind --callgrind-out-file=/dev/null "$binary" "$1" 2>&1 |
    sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

failed=0
written="work,instructions"
while IFS=, read -r work known; do
  [ "$work" = work ] && continue
  counted=$(count "$work")
  written+=$'\n'"$work,$counted"
  change=$(awk -v counted="$counted" -v known="$known" 'BEGIN {printf "%+.1f", 100 * (counted / known - 1)}')
  echo "$work: $counted instructions, $change % against the baseline"
  awk -v change="$change" 'BEGIN {exit !(change > 3)}' && failed=1
done <"$baseline"
if [ "${1:-}" = --update ]; then
  echo "$written" >"$baseline"
  exit 0
fi
exit $failed
