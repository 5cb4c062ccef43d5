# Shared by the four launchers beside this file, which source it: `run_torchrun` and `run_srun`.
# shellcheck shell=bash

tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=${PYTHON:-python3}
export PYTHONPATH="$tools/..${PYTHONPATH:+:$PYTHONPATH}"  # a clone works without being installed

stop() {
    echo "error: $1" >&2
    exit 2
}

# show_usage FILE: the comment at the head of a launcher, to stderr.
show_usage() {
    sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$1" >&2
    exit 2
}

# positive_integer NAME VALUE
positive_integer() {
    [[ $2 =~ ^[1-9][0-9]*$ ]] || stop "$1 is '$2'. Expected a whole number above 0. Run the command without arguments to see their order."
}

free_port() {
    "$python" -c "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])"
}

# run_torchrun SCRIPT GPUS [arguments of the script]: GPUS processes on this machine, NNODES machines in all.
run_torchrun() {
    local script=$1 gpus=$2 nnodes=${NNODES:-1} port=${PORT:-} cores
    shift 2
    positive_integer GPUS "$gpus"
    positive_integer NNODES "$nnodes"
    if [[ -z $port ]]; then
        # Machines must agree on a port; on one machine, two jobs must not share it.
        if (( nnodes > 1 )); then port=29500; else port=$(free_port); fi
    fi
    if [[ -z ${OMP_NUM_THREADS:-} ]]; then
        cores=$(nproc)
        export OMP_NUM_THREADS=$(( cores > gpus ? cores / gpus : 1 ))
    fi
    exec "$python" "$tools/_torchrun.py" --nnodes="$nnodes" --node_rank="${NODE_RANK:-0}" --nproc_per_node="$gpus" \
        --master_addr="${MASTER_ADDR:-127.0.0.1}" --master_port="$port" "$tools/$script" --launcher pytorch "$@"
}

# run_srun SCRIPT PARTITION JOB [arguments of the script]
run_srun() {
    local script=$1 partition=$2 job=$3 gpus=${GPUS:-8} per_node srun_args
    shift 3
    positive_integer GPUS "$gpus"
    per_node=${GPUS_PER_NODE:-$(( gpus < 8 ? gpus : 8 ))}
    positive_integer GPUS_PER_NODE "$per_node"
    read -ra srun_args <<< "${SRUN_ARGS:-}"
    exec srun --partition="$partition" --job-name="$job" --gres="gpu:$per_node" --ntasks="$gpus" --ntasks-per-node="$per_node" \
        --cpus-per-task="${CPUS_PER_TASK:-5}" --kill-on-bad-exit=1 ${srun_args[@]+"${srun_args[@]}"} \
        "$python" -u "$tools/$script" --launcher slurm "$@"
}
