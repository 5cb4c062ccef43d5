"""Evaluate a checkpoint as its config says: python tools/test.py CONFIG CHECKPOINT [options]."""

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from mmcl.utils.cli import add_config_options, load_config, run_tool  # noqa: E402


def parse_args() -> argparse.Namespace:
    """Read the command line; imports nothing heavy, so --help answers at once."""
    parser = argparse.ArgumentParser(description='Evaluate a checkpoint; pre-training configs do kNN.')
    parser.add_argument('config', help='config that the checkpoint was trained with')
    parser.add_argument('checkpoint', help='file that training wrote')
    parser.add_argument('--out', metavar='F.json', help='the result; default test.json beside the log')
    parser.add_argument('--work-dir', metavar='DIR', help='where the log goes; default as in training')
    parser.add_argument(
        '--trust-checkpoint',
        action='store_true',
        help='let the file run code: only your own files',
    )
    add_config_options(parser)
    return parser.parse_args()


def main() -> None:
    """Evaluate, print the metrics and write them down."""
    args = parse_args()
    cfg = load_config(args.config, args.cfg_options, args.data_root)

    from mmengine.dist import is_main_process
    from mmengine.registry import init_default_scope
    from mmpretrain.utils import get_ori_model

    from mmcl.apis import load_weights
    from mmcl.engine.checkpoint import trust_checkpoints
    from mmcl.engine.runner import ContrastiveRunner
    from mmcl.utils.errors import InputError
    from mmcl.utils.report import run_facts, write_json

    if not cfg.get('test_dataloader'):
        raise InputError(
            f'{args.config} has nothing to test on',
            'test_dataloader with labelled images',
            'Start the config from _base_/knn.py, or give --data-root a folder with a folder for each class',
        )
    init_default_scope(cfg.get('default_scope', 'mmcl'))
    config = Path(args.config).resolve()
    cfg.work_dir = args.work_dir or cfg.get('work_dir') or f'work_dirs/{config.parent.name}/{config.stem}'
    cfg.launcher, cfg.load_from, cfg.resume = args.launcher, None, False
    trust_checkpoints(args.trust_checkpoint)
    runner = ContrastiveRunner.from_cfg(cfg)
    load_weights(get_ori_model(runner.model), args.checkpoint)
    metrics = runner.test()
    if not metrics:
        raise InputError(
            'No labelled image was found, so there is no accuracy',
            'labels of the training and the test images',
            'Give --data-root a folder with a folder for each class',
        )
    protocol = {}
    for metric in runner.test_loop.evaluator.metrics:
        protocol.update(getattr(metric, 'protocol', {}))
    if is_main_process():
        out = args.out or os.path.join(runner.log_dir, 'test.json')
        facts = run_facts(cfg, runner.seed)
        write_json(out, dict(metrics=metrics, **facts, checkpoint=args.checkpoint, protocol=protocol))
        print(', '.join(f'{name}: {value:.2f}' for name, value in metrics.items()), f'-> {out}')


if __name__ == '__main__':
    run_tool(main)
