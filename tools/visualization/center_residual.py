"""Plot several runs' CenterResidualHook in one figure: python tools/visualization/center_residual.py WORK_DIR ... --out F.png."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from mmcl.utils.cli import run_tool  # noqa: E402
from mmcl.utils.run_rows import parse_runs, reports_of  # noqa: E402


def main() -> None:
    """Read the files and draw."""
    args = parse_runs('Compare how far the embeddings of several runs collapsed.', 'center_residual')

    from mmcl.evaluation.center_residual import draw

    reports = reports_of(
        args.runs, args.names, args.out, 'center_residual', 'CenterResidualHook', column='center'
    )
    draw({name: report['rows'] for name, report in reports.items()}, args.out)
    print(f'{args.out}: {", ".join(reports)}')


if __name__ == '__main__':
    run_tool(main)
