"""Fashion-MNIST-LT: pre-train each method on long-tailed images, train a class-balanced classifier on it, and measure the test images.

    python benchmarks/long_tail.py --seeds 0 1 2                     # cross-entropy, SupCon, KCL, TSC; imbalance 100
    python benchmarks/long_tail.py tsc --trial --cfg-options optim_wrapper.optimizer.lr=0.06
    python benchmarks/long_tail.py --table                           # the table of all rows into README.md

Runs the commands that a user would type, and prints them. Cross-entropy is also measured as it is, without a second stage. A row a
measurement, with overall, many-, medium- and few-shot accuracy, goes to ``benchmarks/results/long_tail.jsonl``. ``--trial`` takes its
images from the first 55,000 training images and measures on the other 5,000, for choosing knobs without the test images, and
``--check N`` uses the first N images of both, to see that everything runs; their rows are only printed. ``--cfg-options`` go to the
first stage.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from readme import README, replace_table
from timing import ROOT
from training import HELD_OUT, train

RESULTS = ROOT / 'benchmarks' / 'results' / 'long_tail.jsonl'
METHODS = dict(cross_entropy='cross-entropy', supcon='SupCon', kcl='KCL', tsc='TSC')
SHOTS = ('top1', 'many', 'medium', 'few')


def parse_args(words=None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('methods', nargs='*', default=list(METHODS), help=', '.join(METHODS))
    parser.add_argument('--seeds', nargs='+', type=int, default=[0], help='of the images kept, too')
    parser.add_argument('--epochs', type=int, help='of the first stage; TSC starts at half of them')
    parser.add_argument('--stage2-epochs', type=int, help='of the second stage')
    parser.add_argument('--imbalance', type=float, default=100)
    parser.add_argument('--trial', action='store_true', help='hold 5,000 training images out')
    parser.add_argument('--check', type=int, metavar='N', help='a short run on the first N images')
    parser.add_argument('--cfg-options', nargs='+', default=[], metavar='K=V')
    parser.add_argument('--precision', default='auto', help='as in tools/train.py')
    parser.add_argument('--threads', type=int, help='CPU threads of a run')
    parser.add_argument('--work-dir', default='work_dirs/long_tail')
    parser.add_argument(
        '--table', action='store_true', help='write the table of all rows into README.md, and stop'
    )
    args = parser.parse_args(words)
    unknown = sorted(set(args.methods) - set(METHODS))
    if unknown:
        parser.error(f'no method {", ".join(unknown)}; there are {", ".join(METHODS)}')
    return args


def run(method: str, seed: int, args: argparse.Namespace) -> Iterator[dict]:
    """Train both stages and give their rows."""
    data = [f'randomness.seed={seed}', f'train_dataloader.dataset.long_tail.imbalance={args.imbalance}']
    data += [f'+train_dataloader.dataset.long_tail.seed={seed}', *(HELD_OUT if args.trial else ())]
    kind = 'trial' if args.trial else 'test'
    if args.check:
        kind = 'check'
        data += [f'+{loader}_dataloader.dataset.indices=(0,{args.check})' for loader in ('train', 'val')]
    folder = Path(args.work_dir) / f'{method}_{kind}_{args.imbalance:g}_{args.epochs or 12}e_s{seed}'

    first = f'configs/{method}/r18w16_12e_fmnist_lt.py'
    options = [*data, *length(args.epochs)]
    if args.epochs and method == 'tsc':
        options.append(f'model.targets.start_epoch={args.epochs // 2}')
    report = train(first, folder / '1', [*options, *args.cfg_options], args.precision, args.threads)
    if method == 'cross_entropy':
        yield row(method, 'one', report, args, 'accuracy')
    yield row(method, 'one', report, args, 'knn')

    checkpoint = folder / '1' / Path((ROOT / folder / '1' / 'last_checkpoint').read_text().strip()).name
    options = [*data, *length(args.stage2_epochs), f'model.pretrained={checkpoint}']
    second = f'configs/{method}/r18w16-balanced_2e_fmnist_lt.py'
    report = train(second, folder / '2', options, args.precision, args.threads)
    yield row(method, 'two', report, args, 'accuracy')


def length(epochs: int | None) -> list[str]:
    """Options for a run of so many epochs, evaluated at its end."""
    return [f'train_cfg.max_epochs={epochs}', f'train_cfg.val_interval={epochs}'] if epochs else []


def row(method: str, stages: str, report: dict, args: argparse.Namespace, prefix: str) -> dict:
    """What is kept of a run."""
    metrics = report['history'][-1]
    found = {name: metrics.get(f'{prefix}/{name}') for name in (*SHOTS, 'balancedness')}
    return dict(
        method=method,
        stages=stages,
        measured=prefix,
        imbalance=args.imbalance,
        options=args.cfg_options,
        **{name: round(value, 3) for name, value in found.items() if value is not None},
        **{key: value for key, value in report.items() if key != 'history'},
    )


def table(rows: list[dict]) -> str:
    """The rows as a Markdown table: a line a measurement, the mean over seeds and, for all classes, each seed's."""
    groups: dict[tuple, dict[int, dict]] = {}
    for found in rows:
        if not found['options']:
            groups.setdefault((found['method'], found['stages'], found['measured']), {})[found['seed']] = (
                found
            )
    lines = ['| method | measured by | seeds | all | many | medium | few |', '|---|---|---|---|---|---|---|']
    names = {
        ('one', 'knn'): 'kNN after the first stage',
        ('one', 'accuracy'): 'its classifier, one stage',
        ('two', 'accuracy'): 'class-balanced classifier',
    }
    for method in METHODS:
        for stages, measured in names:
            by_seed = groups.get((method, stages, measured))
            if not by_seed:
                continue
            seeds = sorted(by_seed)
            every = [[by_seed[seed][shot] for seed in seeds if shot in by_seed[seed]] for shot in SHOTS]
            means = [f'{sum(values) / len(values):.1f}' if values else '-' for values in every]
            means[0] += f' ({" / ".join(f"{value:.1f}" for value in every[0])})'
            cells = [METHODS[method], names[stages, measured], ', '.join(map(str, seeds)), *means]
            lines.append(f'| {" | ".join(cells)} |')
    return '\n'.join(lines)


def main() -> None:
    """Run every method with every seed, keep the rows, and print the table."""
    args = parse_args()
    if args.table:
        replace_table('long-tail', table([json.loads(line) for line in RESULTS.read_text().splitlines()]))
        print(f'Written into {README}.')
        return
    rows = []
    for seed in args.seeds:
        for method in args.methods:
            for made in run(method, seed, args):
                rows.append(made)
                shown = ', '.join(f'{name} {made[name]}' for name in SHOTS if name in made)
                print(
                    f'{method} seed {seed}, {made["stages"]} stage(s), {made["measured"]}: {shown}',
                    flush=True,
                )
                if not (args.trial or args.check):
                    RESULTS.parent.mkdir(parents=True, exist_ok=True)
                    with RESULTS.open('a') as file:
                        file.write(json.dumps(made) + '\n')
    print(f'\n{table([dict(found, options=[]) for found in rows])}')


if __name__ == '__main__':
    main()
