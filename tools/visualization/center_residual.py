"""Plot several runs' CenterResidualHook in one figure: python tools/visualization/center_residual.py WORK_DIR ... --out F.png."""

import argparse
import os
import sys

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


def main() -> None:
    """Read the files and draw."""
    args = parse_args()

    from mmcl.evaluation.center_residual import draw
    from mmcl.utils.run_rows import reports_of

    reports = reports_of(
        args.runs, args.names, args.out, 'center_residual', 'CenterResidualHook', column='center'
    )
    draw({name: report['rows'] for name, report in reports.items()}, args.out)
    print(f'{args.out}: {", ".join(reports)}')


if __name__ == '__main__':
    run_tool(main)
