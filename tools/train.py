"""Train a model: python tools/train.py CONFIG [options]."""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from mmcl.utils.cli import add_config_options, load_config, run_tool  # noqa: E402


def parse_args() -> argparse.Namespace:
    """Read the command line; imports nothing heavy, so --help answers at once."""
    parser = argparse.ArgumentParser(description='Train a model with a config.')
    parser.add_argument('config', help='config file, e.g. configs/mocov2/r50_200e.py')
    parser.add_argument(
        '--work-dir', metavar='DIR', help='where logs and checkpoints go; default work_dirs/<method>/<config>'
    )
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        metavar='CKPT',
        help='continue exactly: from CKPT, or from the newest in the work dir',
    )
    parser.add_argument(
        '--precision',
        choices=['auto', 'fp32', 'bf16', 'fp16'],
        default='auto',
        help='auto (default) takes bf16 where a short probe finds it faster',
    )
    parser.add_argument('--amp', action='store_true', help='bf16 where the device supports it, else fp16')
    parser.add_argument(
        '--compile',
        action='store_true',
        help='torch.compile the networks; the first iterations are then slow',
    )
    parser.add_argument(
        '--save-every', type=int, metavar='N', help='also save a checkpoint every N iterations'
    )
    parser.add_argument('--no-validate', action='store_true', help='no kNN during training')
    parser.add_argument(
        '--auto-scale-lr',
        nargs='?',
        const='linear',
        choices=['linear', 'sqrt'],
        help='scale the learning rate from the published batch to yours; linear by default',
    )
    parser.add_argument(
        '--no-progress', action='store_true', help='a log line an epoch instead of one every few iterations'
    )
    parser.add_argument(
        '--trust-checkpoint',
        action='store_true',
        help='let checkpoint files run code; only for files you made yourself',
    )
    add_config_options(parser)
    return parser.parse_args()


def main() -> None:
    """Build the run and start it."""
    args = parse_args()
    cfg = load_config(args.config, args.cfg_options, args.data_root, validate=not args.no_validate)

    from mmcl.engine.launch import build_runner

    build_runner(cfg, args).train()


if __name__ == '__main__':
    run_tool(main)
