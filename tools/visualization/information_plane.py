"""Plot several runs' InformationPlaneHook in one figure: python tools/visualization/information_plane.py WORK_DIR ... --out F.png."""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from mmcl.utils.cli import run_tool  # noqa: E402


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description='Compare the way of layers through the information plane.')
    parser.add_argument('runs', nargs='+', metavar='WORK_DIR', help='folders with an information_plane.json')
    parser.add_argument(
        '--names', nargs='+', metavar='NAME', help='what to call them; default: their folders'
    )
    parser.add_argument('--out', default='information_plane.png', metavar='FILE', help='PNG to write')
    return parser.parse_args()


def main() -> None:
    """Read the files and draw."""
    args = parse_args()

    from mmcl.evaluation.information_plane import draw
    from mmcl.utils.run_rows import reports_of

    reports = reports_of(
        args.runs, args.names, args.out, 'information_plane', 'InformationPlaneHook', column='layers'
    )
    draw(reports, args.out)
    print(f'{args.out}: {", ".join(reports)}')


if __name__ == '__main__':
    run_tool(main)
