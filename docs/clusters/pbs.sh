#!/bin/bash
# A study as an array of PBS jobs, a shard each: qsub -v STUDY=study.json,DIR=out pbs.sh
#PBS -N tilesim
#PBS -J 0-7
#PBS -r y
#PBS -l select=1:ncpus=1
set -euo pipefail
cd "${PBS_O_WORKDIR:-.}"
# PBS says neither how many jobs the array has nor where it begins: as after -J.
export TILESIM_SHARD_COUNT=8 TILESIM_SHARD_FIRST=0
exec tilesim sweep "$STUDY" --shard auto --threads 1 --out "$DIR/shard-$PBS_ARRAY_INDEX"
