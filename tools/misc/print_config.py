"""Print a config with its bases and options merged: python tools/misc/print_config.py CONFIG [options]."""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from mmcl.utils.cli import load_config, run_tool  # noqa: E402


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    from mmcl.utils.cfg_options import CfgOptions

    parser = argparse.ArgumentParser(description='Print a config with its bases and options merged.')
    parser.add_argument('config', help='config file, e.g. configs/mocov2/r50_200e.py')
    parser.add_argument('--data-root', metavar='DIR', help='as tools/train.py would apply it')
    parser.add_argument(
        '--cfg-options', nargs='+', action=CfgOptions, metavar='K=V', help='change config keys; +k=v adds one'
    )
    return parser.parse_args()


def main() -> None:
    """Load, merge, check and print; the output is itself a config."""
    args = parse_args()
    print(load_config(args.config, args.cfg_options, args.data_root).pretty_text)


if __name__ == '__main__':
    run_tool(main)
