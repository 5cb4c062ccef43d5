#!/usr/bin/env bash
# Evaluate a checkpoint with one process a GPU, or with several processes on a CPU-only machine.
#
# Usage: tools/dist_test.sh CONFIG CHECKPOINT GPUS [arguments of tools/test.py]
#
# Environment: NNODES (1), NODE_RANK (0), MASTER_ADDR (127.0.0.1) and PORT (a free one; 29500 where NNODES > 1) for several
# machines, OMP_NUM_THREADS (cores / GPUS), PYTHON (python3).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/_launch.sh"
(( $# >= 3 )) || show_usage "${BASH_SOURCE[0]}"
run_torchrun test.py "$3" "$1" "$2" "${@:4}"
