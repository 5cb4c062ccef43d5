"""Plot several runs' InformationPlaneHook in one figure: python tools/visualization/information_plane.py WORK_DIR ... --out F.png."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from mmcl.utils.cli import run_tool  # noqa: E402
from mmcl.utils.run_rows import parse_runs, reports_of  # noqa: E402


def main() -> None:
    """Read the files and draw."""
    args = parse_runs('Compare the way of layers through the information plane.', 'information_plane')

    from mmcl.evaluation.information_plane import draw

    reports = reports_of(
        args.runs, args.names, args.out, 'information_plane', 'InformationPlaneHook', column='layers'
    )
    draw(reports, args.out)
    print(f'{args.out}: {", ".join(reports)}')


if __name__ == '__main__':
    run_tool(main)
