#!/bin/bash
# A study as jobs of GNU parallel, a shard each: parallel.sh STUDY DIR SHARDS [options of parallel, such as --sshlogin]
set -euo pipefail
study=$1 folder=$2
export TILESIM_SHARD_COUNT=$3
# A job that is killed is tried again, and goes on in its folder.
seq "$3" | parallel "${@:4}" --env TILESIM_SHARD_COUNT --retries 3 --quote \
  tilesim sweep "$study" --shard auto --threads 1 --out "$folder/shard-{}"
