"""What hooks wrote into the work dirs of several runs."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from mmcl.utils.errors import InputError, expect


def parse_runs(description: str, file: str) -> argparse.Namespace:
    """Read the command line of a tool that plots the reports of several runs.

    Args:
        description (str): What the tool is for.
        file (str): Name of the report, without its extension, and of the plot.

    Returns:
        Namespace: ``runs``, ``names`` and ``out``, for :func:`reports_of`.
    """
    article = 'an' if file[0] in 'aeiou' else 'a'
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('runs', nargs='+', metavar='WORK_DIR', help=f'folders with {article} {file}.json')
    parser.add_argument(
        '--names', nargs='+', metavar='NAME', help='what to call them; default: their folders'
    )
    parser.add_argument('--out', default=f'{file}.png', metavar='FILE', help='PNG to write')
    return parser.parse_args()


def reports_of(
    runs: Sequence[str], names: Sequence[str] | None, out: str, file: str, hook: str, column: str
) -> dict[str, dict]:
    """Read one report from each of some work dirs, for a plot of them.

    Args:
        runs (Sequence[str]): Work dirs.
        names (Sequence[str], optional): What to call them. Defaults to None: their folders' names.
        out (str): The plot's file.
        file (str): Name of the report, without its extension.
        hook (str): The hook that writes it, for messages.
        column (str): What every row of it has.

    Returns:
        dict[str, dict]: The report of each run, by its name; its ``rows`` are one or more.

    Raises:
        InputError: A plot that is no PNG, not another name for each run, or a work dir without such a report.
    """
    given, remedy = f'--out {out}', f'Try --out {file}.png'
    expect(out.lower().endswith('.png'), given, 'a file name that ends in .png', remedy)
    names = names or [Path(run).name for run in runs]
    other = len(names) == len(runs) == len(set(names))
    expect(other, f'--names {" ".join(names)}', 'another name for each run', 'Give --names')
    reports = {}
    for name, run in zip(names, runs):
        path = Path(run, f'{file}.json')
        expect(
            path.is_file(),
            f'{run} has no {path.name}',
            'the work dir of a run with the hook',
            f"Add dict(type='{hook}') to custom_hooks and train",
        )
        reports[name] = _read(path, hook, column)
    return reports


def _read(path: Path, hook: str, column: str) -> dict:
    try:
        report = json.loads(path.read_text())
        if report['rows'] and all(column in row for row in report['rows']):
            return report
        what = 'holds no measurement'
    except (ValueError, KeyError, TypeError) as error:
        what = f'could not be read ({type(error).__name__}: {error})'
    raise InputError(f'{path} {what}', f'what {hook} writes', 'Train again with the hook, or give other runs')
