"""How the benchmarks measure: every contender in turn, several rounds, the median; and the peak memory of a fresh process."""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


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


def peak_memory(script: str, *args: object) -> float:
    """MiB that a script's ``--peak ...`` mode needed above what it held before its work, in a process of its own."""
    command = [sys.executable, script, '--peak', *map(str, args)]
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])['peak_mib']


def report_peak(work: Callable[[], object]) -> None:
    """The child's side of :func:`peak_memory`: run, and print how far the resident set grew."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    work()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(json.dumps(dict(peak_mib=grown / 1024)))


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
