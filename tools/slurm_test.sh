#!/usr/bin/env bash
# Evaluate a checkpoint under Slurm.
#
# Usage: tools/slurm_test.sh PARTITION JOB CONFIG CHECKPOINT [arguments of tools/test.py]
#
# Environment: GPUS (8, in all), GPUS_PER_NODE (8, or GPUS if fewer), CPUS_PER_TASK (5), SRUN_ARGS (more options of srun),
# PYTHON (python3).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/_launch.sh"
(( $# >= 4 )) || show_usage "${BASH_SOURCE[0]}"
run_srun test.py "$1" "$2" "${@:3}"
