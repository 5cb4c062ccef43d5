"""The one gather with gradient, the one without, and how processes find each other."""

import os
import subprocess
from datetime import timedelta
from typing import Any, Callable, Optional, Tuple

import torch
import torch.distributed as dist
from mmengine.dist import get_rank, get_world_size, init_dist
from torch import Tensor

from mmcl.utils.errors import InputError


def rank() -> int:
    """This process's number, 0 when there is only one."""
    return get_rank()


def world_size() -> int:
    """The number of processes, 1 when nothing is distributed."""
    return get_world_size()


class _AllReduce(torch.autograd.Function):
    """Sum over processes; each process's input is a term of every process's output, so the gradient is summed as well."""

    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        x = x.clone(memory_format=torch.contiguous_format)
        dist.all_reduce(x)
        return x

    @staticmethod
    def backward(ctx, grad: Tensor) -> Tensor:
        return _AllReduce.apply(grad)


class _AllGather(torch.autograd.Function):
    """Concatenation over processes; see :func:`gather_with_grad`."""

    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        ctx.rows = len(x)
        return gather(x)

    @staticmethod
    def backward(ctx, grad: Tensor) -> Tensor:
        summed = _AllReduce.apply(grad)
        return summed[rank() * ctx.rows : (rank() + 1) * ctx.rows]


def sum_with_grad(x: Tensor) -> Tensor:
    """Sum a tensor over all processes, with gradient.

    Args:
        x (Tensor): Any shape, the same on every process.

    Returns:
        Tensor: The sum, same shape; ``x`` itself on one process.
    """
    return _AllReduce.apply(x) if world_size() > 1 else x


def gather_with_grad(x: Tensor) -> Tensor:
    """Concatenate the rows of all processes, in rank order, with gradient.

    Backward sums the incoming gradient over processes, then takes this process's rows. After DDP's averaging, a loss
    that is a mean over this process's anchors then has exactly the gradient of the mean over all anchors, and so does a
    loss that every process computes from everything.

    Args:
        x (Tensor): (N, ...), the same N on every process.

    Returns:
        Tensor: (W * N, ...) for W processes; ``x`` itself on one process.
    """
    return _AllGather.apply(x) if world_size() > 1 else x


@torch.no_grad()
def gather(x: Tensor) -> Tensor:
    """Concatenate the rows of all processes, in rank order, without gradient.

    Args:
        x (Tensor): (N, ...), the same N on every process.

    Returns:
        Tensor: (W * N, ...), detached.
    """
    if world_size() == 1:
        return x.detach()
    x = x.detach().contiguous()
    parts = [torch.empty_like(x) for _ in range(world_size())]
    dist.all_gather(parts, x)
    return torch.cat(parts)


def from_rank_0(value: Any) -> Any:
    """What rank 0 holds (any picklable value), on every process."""
    if world_size() == 1:
        return value
    box = [value]
    dist.broadcast_object_list(box)
    return box[0]


def on_every_process(act: Callable, *args: Any) -> Any:
    """Let rank 0 do something and give every process what it returned, or the mistake it raised, so that none waits for it.

    Args:
        act (callable): Done on rank 0.
        *args: Its arguments.

    Raises:
        InputError: On every process, where ``act`` raised it.
    """
    result, failure = None, None
    if rank() == 0:
        try:
            result = act(*args)
        except InputError as error:
            failure = error
    result, failure = from_rank_0((result, failure))
    if failure is not None:
        raise failure
    return result


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
