"""Protocol FM: pre-train a method's Fashion-MNIST config and measure kNN before and after, one JSON row a run.

    python benchmarks/fm.py mocov2 simclr byol pcl --seeds 0 1 2
    python benchmarks/fm.py simsiam --peer lightly      # the same method in lightly

A row goes to ``benchmarks/results/fm.jsonl``. ``--trial`` trains on the first 55,000 training images and measures on the other
5,000, for choosing a method's knobs without the test images; its rows go to ``benchmarks/results/fm_trials.jsonl``. A peer's rows go to
``benchmarks/results/fm_peers.jsonl``.
Data that is not Fashion-MNIST (scikit-learn's digits, the last resort of ``tools/prepare_fashion_mnist.py``) is refused.
"""

import argparse
import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

from readme import replace_table
from timing import ROOT
from training import HELD_OUT, train

RESULTS = ROOT / 'benchmarks' / 'results'
PEERS = dict(
    simclr='LightlySimCLR',
    mocov2='LightlyMoCo',
    byol='LightlyBYOL',
    simsiam='LightlySimSiam',
    vicreg='LightlyVICReg',
    swav='LightlySwAV',
    hcl='LightlyDCL',
)
PEER_CONFIG = """_base_ = ['{config}']
custom_imports = dict(imports=['lightly_models'], allow_failed_imports=False)
model = dict(
    _delete_=True, type='{model}', backbone=_base_.model.backbone, data_preprocessor=_base_.model.data_preprocessor
)
"""


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        'methods', nargs='*', help='folders under configs/, e.g. mocov2, or mochi/r18w16-mocov1_3e_fmnist'
    )
    parser.add_argument('--seeds', nargs='+', type=int, default=[0])
    parser.add_argument('--epochs', type=int, default=3)
    parser.add_argument(
        '--trial', action='store_true', help='hold 5,000 training images out instead of using the test images'
    )
    parser.add_argument('--cfg-options', nargs='+', default=[], metavar='K=V')
    parser.add_argument(
        '--peer', choices=['lightly'], help="that library's method in place of this project's"
    )
    parser.add_argument('--work-dir', default='work_dirs/fm')
    parser.add_argument(
        '--precision', default='auto', help='as in tools/train.py; its probe is blind on a busy machine'
    )
    parser.add_argument('--curve', action='store_true', help='evaluate after every epoch, not only the last')
    parser.add_argument(
        '--table', action='store_true', help='write the table of all rows into README.md, and stop'
    )
    parser.add_argument('--threads', type=int, help='CPU threads of a run')
    return parser.parse_args()


def run(method: str, seed: int, args: argparse.Namespace) -> dict:
    """Train once and return its row."""
    folder, _, name = method.partition('/')
    config = ROOT / 'configs' / folder / f'{name or "r18w16_3e_fmnist"}.py'
    options = [f'train_cfg.max_epochs={args.epochs}', f'randomness.seed={seed}', *args.cfg_options]
    options += [
        f'default_hooks.report.validate_first={not args.trial}',
        f'train_cfg.val_interval={1 if args.curve else args.epochs}',
    ]
    options += HELD_OUT if args.trial else ()
    work_dir = (
        Path(args.work_dir)
        / f'{method.replace("/", "_")}_{args.peer or "mmcl"}_{"trial" if args.trial else "test"}_{args.epochs}e_s{seed}_{time.time():.0f}'
    )
    if args.peer:
        config = peer_config(folder, config, ROOT / work_dir)
    report = train(config, work_dir, options, args.precision, args.threads)
    history = report.pop('history')
    return dict(
        method=method,
        **({} if args.peer is None else dict(peer=f'{args.peer} {version(args.peer)}')),
        epochs=args.epochs,
        options=args.cfg_options,
        knn_before=None if args.trial else history[0]['knn/top1'],
        knn_after=history[-1]['knn/top1'],
        curve=[round(entry['knn/top1'], 2) for entry in history],
        clusters={
            name: round(value, 2) for name, value in history[-1].items() if name.startswith('cluster/')
        },
        **{
            key: report[key]
            for key in ('config', 'seed', 'precision', 'seconds', 'protocol', 'versions', 'device')
        },
    )


def peer_config(method: str, config: Path, work_dir: Path) -> Path:
    """The method's config with the peer's model, written into the work dir."""
    if method not in PEERS:
        sys.exit(f'error: lightly has no {method}; it has {", ".join(PEERS)}.')
    work_dir.mkdir(parents=True)
    path = work_dir / f'lightly-{method}.py'
    path.write_text(PEER_CONFIG.format(config=config, model=PEERS[method]))
    return path


def table() -> str:
    """The rows of the test images as a Markdown table: a line a method and number of epochs, seeds side by side."""
    rows = [json.loads(line) for line in (RESULTS / 'fm.jsonl').read_text().splitlines()]
    methods = {}
    for row in rows:
        if not row['options']:
            methods.setdefault((row['config'], row['epochs']), {})[row['seed']] = row
    lines = ['| config | epochs | seeds | kNN before | kNN after | mean |', '|---|---|---|---|---|---|']
    for (config, epochs), by_seed in sorted(methods.items()):
        seeds = sorted(by_seed)
        before, after = ([by_seed[s][f'knn_{when}'] for s in seeds] for when in ('before', 'after'))
        cells = [f'[`{config}`]({config})', epochs, ', '.join(map(str, seeds))]
        cells += [' / '.join(f'{value:.1f}' for value in values) for values in (before, after)]
        lines.append(f'| {" | ".join(map(str, cells))} | {sum(after) / len(after):.1f} |')
    return '\n'.join(lines)


def main() -> None:
    """Run every method with every seed and append the rows."""
    args = parse_args()
    if args.table:
        replace_table('fm', table())
        return
    kind = 'fm_trials' if args.trial else 'fm_peers' if args.peer else 'fm'
    target = RESULTS / f'{kind}.jsonl'
    RESULTS.mkdir(parents=True, exist_ok=True)
    for method in args.methods:
        for seed in args.seeds:
            row = run(method, seed, args)
            with target.open('a') as file:
                file.write(json.dumps(row) + '\n')
            before = '' if args.trial else f'{row["knn_before"]:.2f} -> '
            print(f'{method} seed {seed}: kNN {before}{row["knn_after"]:.2f} % in {row["seconds"]:.0f} s')


if __name__ == '__main__':
    main()
