#!/usr/bin/env bash
# Train under Slurm.
#
# Usage: tools/slurm_train.sh PARTITION JOB CONFIG [arguments of tools/train.py]
#
# Environment: GPUS (8, in all), GPUS_PER_NODE (8, or GPUS if fewer), CPUS_PER_TASK (5), SRUN_ARGS (more options of srun),
# PYTHON (python3).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/_launch.sh"
(( $# >= 3 )) || show_usage "${BASH_SOURCE[0]}"
run_srun train.py "$1" "$2" "${@:3}"
