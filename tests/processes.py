"""Run functions in other processes: alone, or as the ranks of a gloo group.

A fork server imports mmcl once; each process is then there at once. The pytest process itself is never forked.
"""

import multiprocessing
import os
import socket
import sys
from pathlib import Path

import torch
from mmengine.registry import init_default_scope

_SERVER = multiprocessing.get_context('forkserver')
_SERVER.set_forkserver_preload(
    [
        'mmcl.engine',
        'mmcl.models',
        'mmcl.datasets',
        'mmcl.evaluation',
        'matplotlib.backends.backend_agg',
        'yapf',
    ]
)


def _enter(task, args: tuple, rank: int, processes: int, port: int, result: Path, log: Path) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    sys.stdout, sys.stderr = (os.fdopen(number, 'w', buffering=1) for number in (1, 2))
    torch.set_num_threads(1)
    torch.manual_seed(0)
    init_default_scope('mmcl')
    if processes > 1:
        os.environ.update(
            MASTER_ADDR='127.0.0.1', MASTER_PORT=str(port), RANK=str(rank), LOCAL_RANK=str(rank)
        )
        os.environ.update(WORLD_SIZE=str(processes))
    torch.save(task(*args), result)
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


def launch(task, *args, folder, processes: int = 1):
    """Call ``task(*args)`` in every one of some processes and wait.

    Args:
        task (callable): Of a module's top level; with several processes, the variables of torchrun are set around it.
        *args: Its arguments.
        folder (Path): For what the processes return and print.
        processes (int): How many.

    Returns:
        list[tuple[int, Any, str]]: Of each process its exit code, what ``task`` returned (None where it did not), what it printed.
    """
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    folder = Path(folder)
    files = [(folder / f'result_{rank}.pt', folder / f'printed_{rank}.txt') for rank in range(processes)]
    for result, _ in files:
        result.unlink(missing_ok=True)
    running = [
        _SERVER.Process(target=_enter, args=(task, args, rank, processes, port, *names))
        for rank, names in enumerate(files)
    ]
    for process in running:
        process.start()
    for process in running:
        process.join(120)
        process.kill()
        process.join()
    results = [torch.load(result, weights_only=False) if result.exists() else None for result, _ in files]
    return [
        (process.exitcode, value, log.read_text())
        for process, value, (_, log) in zip(running, results, files)
    ]


def call(task, *args, folder, processes: int = 1) -> list:
    """Like :func:`launch`, but every process must succeed; gives what each returned."""
    outcomes = launch(task, *args, folder=folder, processes=processes)
    for code, _, printed in outcomes:
        assert code == 0, printed
    return [value for _, value, _ in outcomes]
