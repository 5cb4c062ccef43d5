"""How processes find each other."""

import os
import subprocess
from datetime import timedelta
from typing import Optional, Tuple

import torch
import torch.distributed as dist
from mmengine.dist import init_dist

from mmcl.utils.errors import InputError


def init_distributed(launcher: str, backend: Optional[str] = None, timeout: Optional[float] = None) -> None:
    """Join the process group that a launcher prepared: NCCL where there are GPUs, gloo on CPUs.

    MMEngine's ``init_dist`` selects a GPU first and so raises where there is none.

    Args:
        launcher (str): 'pytorch' (torchrun), 'slurm' or 'mpi' (Open MPI).
        backend (str, optional): Used on GPUs. Defaults to None: 'nccl'.
        timeout (float, optional): Seconds that a process waits for the others. Defaults to None: torch's own.

    Raises:
        InputError: The launcher's environment variables are missing, or there are more processes than GPUs.
    """
    limit = {} if timeout is None else dict(timeout=timeout)
    number, total, local = _place(launcher)
    if torch.cuda.is_available():
        if local >= torch.cuda.device_count():
            raise InputError(
                f'{local + 1} or more processes on a machine with {torch.cuda.device_count()} GPU(s)',
                'one process a GPU',
                'Start fewer processes, or hide the GPUs with CUDA_VISIBLE_DEVICES= to train on CPUs',
            )
        init_dist(launcher, backend=backend or 'nccl', **limit)
        return
    os.environ.update(RANK=str(number), WORLD_SIZE=str(total), LOCAL_RANK=str(local))
    os.environ.setdefault('MASTER_PORT', '29500')
    if launcher == 'slurm' and 'MASTER_ADDR' not in os.environ:
        hosts = subprocess.run(
            ['scontrol', 'show', 'hostname', os.environ['SLURM_NODELIST']],
            capture_output=True,
            text=True,
            check=True,
        )
        os.environ['MASTER_ADDR'] = hosts.stdout.split()[0]
    if timeout is not None:
        limit = dict(timeout=timedelta(seconds=timeout))
    dist.init_process_group('gloo', **limit)


_VARIABLES = dict(
    pytorch=('RANK', 'WORLD_SIZE', 'LOCAL_RANK'),
    slurm=('SLURM_PROCID', 'SLURM_NTASKS', 'SLURM_LOCALID'),
    mpi=('OMPI_COMM_WORLD_RANK', 'OMPI_COMM_WORLD_SIZE', 'OMPI_COMM_WORLD_LOCAL_RANK'),
)
_COMMANDS = dict(
    pytorch='Start with tools/dist_train.sh CONFIG NUMBER_OF_PROCESSES (torchrun)',
    slurm='Start with tools/slurm_train.sh PARTITION JOB CONFIG',
    mpi='Start with mpirun -x MASTER_ADDR=HOST, or leave --launcher out',
)


def _place(launcher: str) -> Tuple[int, int, int]:
    """Rank, number of processes and rank on this machine, as the launcher says."""
    if launcher not in _VARIABLES:
        raise InputError(
            f'launcher={launcher!r}', f'one of {", ".join(_VARIABLES)} or none', 'Set --launcher'
        )
    needed = _VARIABLES[launcher] + (('MASTER_ADDR',) if launcher != 'slurm' else ())
    missing = [name for name in needed if name not in os.environ]
    if missing:
        raise InputError(
            f'--launcher {launcher} was given, but {", ".join(missing)} is not set',
            'a process that the launcher started',
            _COMMANDS[launcher],
        )
    number, total, local = (int(os.environ[name]) for name in _VARIABLES[launcher])
    return number, total, local
