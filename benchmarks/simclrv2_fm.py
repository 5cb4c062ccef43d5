"""SimCLR v2 from end to end on Fashion-MNIST: pre-train, fine-tune on a few labels, distil; accuracy on the test images after each.

    python benchmarks/simclrv2_fm.py                 # 600 labels (1 %)
    python benchmarks/simclrv2_fm.py --labels 10pct  # 6,000

Runs the commands that a user would type, and prints them. Pre-training and distillation see all 60,000 training images without labels;
beside them stands the same network trained on the same labels from scratch. A row a stage goes to
``benchmarks/results/simclrv2.jsonl``. ``--trial`` trains on the first 55,000 training images and measures on the other 5,000, for
choosing knobs without the test images; its rows are only printed.
"""

import argparse
import json
from pathlib import Path
from typing import Iterator, List, NamedTuple

from timing import ROOT
from training import HELD_OUT, train

RESULTS = ROOT / 'benchmarks' / 'results' / 'simclrv2.jsonl'
FINE_TUNING = {'1pct': 'r18w16-1pct_60e_fmnist', '10pct': 'r18w16-10pct_30e_fmnist'}


class Stage(NamedTuple):
    """One command.

    Args:
        name (str): What it does.
        config (str): Name of a file in configs/simclrv2.
        options (list[str]): ``--cfg-options``.
        work_dir (Path): Where it writes.
    """

    name: str
    config: str
    options: List[str]
    work_dir: Path


def parse_args(words=None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--labels', choices=FINE_TUNING, default='1pct')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--epochs', type=int, default=3, help='of pre-training and of distillation')
    parser.add_argument('--trial', action='store_true', help='hold 5,000 training images out')
    parser.add_argument('--precision', default='auto', help='as in tools/train.py')
    parser.add_argument('--threads', type=int, help='CPU threads of a run')
    parser.add_argument('--work-dir', default='work_dirs/simclrv2_fm')
    parser.add_argument(
        '--only', nargs='+', metavar='CONFIG', help='run these stages again, on what is there'
    )
    parser.add_argument('--cfg-options', nargs='+', default=[], metavar='K=V', help='for every stage')
    return parser.parse_args(words)


def stages(args: argparse.Namespace) -> Iterator[Stage]:
    """The commands in order; each starts from the last checkpoint of the one before."""
    kind = f'{"trial_" if args.trial else ""}{args.labels}_{args.epochs}e'
    folder = Path(args.work_dir) / f'{kind}_s{args.seed}'
    fine_tuning = FINE_TUNING[args.labels]
    share = 'share=0.01' if args.labels == '1pct' else 'share=0.1'
    length = [f'train_cfg.max_epochs={args.epochs}', f'train_cfg.val_interval={args.epochs}']

    def stage(name: str, config: str, work_dir: str, *options: str) -> Stage:
        options = [*options, f'randomness.seed={args.seed}', *(HELD_OUT if args.trial else ())]
        return Stage(name, config, [*options, *args.cfg_options], folder / work_dir)

    def last(work_dir: str) -> Path:
        file = folder / work_dir / 'last_checkpoint'
        name = Path(file.read_text().strip()).name if file.is_file() else 'last'
        return folder / work_dir / name

    yield stage('pre-trained, no labels', 'r18w16_3e_fmnist', '1_pretrain', *length)
    yield stage(
        'supervised from scratch',
        fine_tuning,
        '0_scratch',
        'model.pretrained=None',
        'optim_wrapper.optimizer.type=SGD',  # protocol FM's
        'optim_wrapper.optimizer.lr=0.1',
        'optim_wrapper.optimizer.weight_decay=5e-4',
    )
    yield stage('fine-tuned', fine_tuning, '2_finetune', f'model.pretrained={last("1_pretrain")}')
    yield stage(
        'distilled into itself',
        'r18w16-distill_3e_fmnist',
        '3_distill_self',
        f'model.teacher.pretrained={last("2_finetune")}',
        *length,
    )
    yield stage(
        'distilled into half the width',
        'r18w8-distill_3e_fmnist',
        '3_distill_small',
        f'model.teacher.pretrained={last("3_distill_self")}',
        *length,
    )
    yield stage(
        'the same, with the labels',
        'r18w8-distill-labels_3e_fmnist',
        '3_distill_small_labels',
        f'model.teacher.pretrained={last("3_distill_self")}',
        *length,
        f'train_dataloader.dataset.labelled.{share}',
    )


def run(stage: Stage, args: argparse.Namespace) -> dict:
    """Run a stage and give its row."""
    config = f'configs/simclrv2/{stage.config}.py'
    report = train(config, stage.work_dir, stage.options, args.precision, args.threads)
    metrics = report.pop('history')[-1]
    metric = 'knn/top1' if 'knn/top1' in metrics else 'accuracy/top1'
    return dict(stage=stage.name, labels=args.labels, metric=metric, top1=round(metrics[metric], 2), **report)


def main() -> None:
    """Run the stages, say what each reached, and keep the rows."""
    args = parse_args()
    rows = []
    for stage in stages(args):
        if args.only is None or stage.config in args.only:
            rows.append(run(stage, args))
            print(f'{stage.name}: {rows[-1]["metric"]} {rows[-1]["top1"]} %', flush=True)
    if not args.trial:
        with RESULTS.open('a') as file:
            file.writelines(json.dumps(row) + '\n' for row in rows)
    print('\nFashion-MNIST,', 'held-out training images' if args.trial else '10,000 test images')
    for row in rows:
        print(f'{row["top1"]:6.2f} %  {row["stage"]} ({row["metric"]}, {row["seconds"]:.0f} s)')


if __name__ == '__main__':
    main()
