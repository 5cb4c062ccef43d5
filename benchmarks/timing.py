"""How the benchmarks measure: every contender in turn, several rounds, the median; or each in a process of its own."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

ROOT = Path(__file__).resolve().parents[1]
_CHILD = '--child'  # the first argument of a process that in_own_process starts


def medians(
    contenders: dict[str, Callable[[], object]],
    rounds: int = 5,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, float]:
    """Time functions in interleaved rounds, so that what else the machine does falls on all of them.

    Args:
        contenders (dict[str, callable]): What to time, by name.
        rounds (int): Measured rounds, after one that is not.
        clock (callable): Gives seconds; ``time.process_time`` for work on one thread, which other processes then slow less.

    Returns:
        dict[str, float]: Median seconds of each.
    """
    seconds = {name: [] for name in contenders}
    for number in range(rounds + 1):
        for name, function in contenders.items():
            start = clock()
            function()
            if number:
                seconds[name].append(clock() - start)
    return {name: statistics.median(values) for name, values in seconds.items()}


def row(work: str, unit: str, mmcl: float, peers: dict[str, float], limits: dict[str, float]) -> dict:
    """One line of the table.

    Args:
        work (str): What is done.
        unit (str): Of all figures: seconds and bytes are better low, anything "/s" is better high.
        mmcl (float): This project's figure.
        peers (dict[str, float]): Other projects' figures, from the same run.
        limits (dict[str, float]): What the machine allows, from the same run.

    Returns:
        dict: The arguments and ``ratios``: how many times better than each of the others.
    """
    others = {**peers, **limits}
    better_high = unit.endswith('/s')
    ratios = {name: mmcl / value if better_high else value / mmcl for name, value in others.items()}
    return dict(work=work, unit=unit, mmcl=mmcl, peers=peers, limits=limits, ratios=ratios)


def in_own_process(script: str, *args: object) -> Any:
    """What a benchmark's function of ``args`` returns in a fresh process with as many threads; the script calls :func:`run_child_or`."""
    command = [sys.executable, '-W', 'ignore', script, _CHILD, json.dumps(args)]
    threads = str(torch.get_num_threads())
    environment = dict(os.environ, PYTHONPATH=str(ROOT), OMP_NUM_THREADS=threads, MKL_NUM_THREADS=threads)
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def run_child_or(main: Callable[[], None], child: Callable[..., Any]) -> None:
    """A benchmark's entry: ``main``, or ``child`` where the process was started by :func:`in_own_process`."""
    if sys.argv[1:2] == [_CHILD]:
        print(json.dumps(child(*json.loads(sys.argv[2]))))
    else:
        main()


def grown_mib(work: Callable[[], object], device: str = 'cpu') -> float:
    """By how many MiB the memory of this process rises above what it holds now while ``work`` runs: on the GPU ('cuda'), or resident."""
    if device == 'cuda':
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        work()
        torch.cuda.synchronize()
        return (torch.cuda.max_memory_allocated() - before) / 2**20
    Path('/proc/self/clear_refs').write_text('5')  # Linux forgets the peak so far, which importing has raised
    before = _peak_resident()
    work()
    return _peak_resident() - before


def _peak_resident() -> float:
    status = Path('/proc/self/status').read_text()
    return int(status.split('VmHWM:')[1].split()[0]) / 1024


def table(rows: list[dict]) -> str:
    """Rows as Markdown: each figure, and in brackets how many times better this project is."""
    lines = [
        '| work | unit | mmcl | peers (mmcl is x times better) | limit (share reached) |',
        '|---|---|---|---|---|',
    ]
    for line in rows:
        peers = ', '.join(
            f'{name} {_number(v)} ({line["ratios"][name]:.1f}x)' for name, v in line['peers'].items()
        )
        limits = ', '.join(
            f'{name} {_number(v)} ({line["ratios"][name]:.0%})' for name, v in line['limits'].items()
        )
        lines.append(
            f'| {line["work"]} | {line["unit"]} | {_number(line["mmcl"])} | {peers or "-"} | {limits or "-"} |'
        )
    return '\n'.join(lines)


def _number(value: float) -> str:
    return f'{value:,.0f}' if value >= 100 else f'{value:.3g}'
