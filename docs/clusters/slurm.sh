#!/bin/bash
# A study as an array of Slurm jobs, a shard each: sbatch [--array=0-31] slurm.sh STUDY DIR
#SBATCH --job-name=tilesim
#SBATCH --array=0-7
#SBATCH --cpus-per-task=1
#SBATCH --time=04:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
set -euo pipefail
# A job that is preempted, or whose node fails, is queued again under the same number and goes on in the same folder.
exec tilesim sweep "$1" --shard auto --threads "${SLURM_CPUS_PER_TASK:-1}" --out "$2/shard-$SLURM_ARRAY_TASK_ID"
