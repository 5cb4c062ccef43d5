"""Plot several runs' CenterResidualHook in one figure: python tools/visualization/center_residual.py WORK_DIR ... --out F.png."""

import argparse
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from mmcl.utils.cli import run_tool  # noqa: E402


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description='Compare how far the embeddings of several runs collapsed.')
    parser.add_argument('runs', nargs='+', metavar='WORK_DIR', help='folders with a center_residual.json')
    parser.add_argument(
        '--names', nargs='+', metavar='NAME', help='what to call them; default: their folders'
    )
    parser.add_argument('--out', default='center_residual.png', metavar='FILE', help='PNG to write')
    return parser.parse_args()


def read_rows(path: Path) -> list:
    """What the hook wrote: a row a measurement.

    Raises:
        InputError: Another file, or one without a measurement.
    """
    from mmcl.utils.errors import InputError

    try:
        rows = json.loads(path.read_text())['rows']
        if all('center' in row for row in rows) and rows:
            return rows
        what = 'holds no measurement'
    except (ValueError, KeyError, TypeError) as error:
        what = f'could not be read ({type(error).__name__}: {error})'
    raise InputError(
        f'{path} {what}', 'what CenterResidualHook writes', 'Train again with the hook, or give other runs'
    )


def main() -> None:
    """Read the files and draw."""
    args = parse_args()

    from mmcl.evaluation.center_residual import draw
    from mmcl.utils.errors import InputError

    if not args.out.lower().endswith('.png'):
        raise InputError(
            f'--out {args.out}', 'a file name that ends in .png', 'Try --out center_residual.png'
        )
    names = args.names or [Path(run).name for run in args.runs]
    if len(names) != len(args.runs) or len(set(names)) != len(names):
        raise InputError(f'--names {" ".join(names)}', 'another name for each run', 'Give --names')
    rows = {}
    for name, run in zip(names, args.runs):
        path = Path(run, 'center_residual.json')
        if not path.is_file():
            raise InputError(
                f'{run} has no center_residual.json',
                'the work dir of a run with the hook',
                "Add dict(type='CenterResidualHook') to custom_hooks and train",
            )
        rows[name] = read_rows(path)
    draw(rows, args.out)
    print(f'{args.out}: {", ".join(names)}')


if __name__ == '__main__':
    run_tool(main)
