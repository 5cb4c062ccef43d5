"""What mmcl does, on real images in a few minutes: pre-train, measure before and after, and draw what was learned.

Runs the commands that a user would type, prints them, and leaves all results in ``work_dirs/demo``.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONFIG = 'configs/simclr/r18w16_3e_fmnist.py'


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--work-dir', default='work_dirs/demo', metavar='DIR', help='where everything goes')
    parser.add_argument('--epochs', type=int, default=2, help='epochs of pre-training')
    return parser.parse_args()


def run(*command: object) -> None:
    """Show a command and run it."""
    words = [str(word) for word in command]
    print(f'\n$ python {" ".join(words)}', flush=True)
    code = subprocess.run([sys.executable, *words], cwd=ROOT).returncode
    if code:
        sys.exit(code)


def draw_loss(work_dir: Path) -> Path:
    """Plot the training loss and, below it, the loss relative to a network that knows nothing."""
    import matplotlib

    matplotlib.use('Agg')
    import matplotlib.pyplot as plt

    scalars = max(work_dir.glob('*/vis_data/scalars.json'), key=os.path.getmtime)
    rows = [json.loads(line) for line in scalars.read_text().splitlines()]
    rows = [row for row in rows if 'loss' in row]
    steps = [row.get('iter', row['step']) for row in rows]
    figure, axes = plt.subplots(2, 1, figsize=(7, 6), sharex=True)
    axes[0].plot(steps, [row['loss'] for row in rows])
    axes[0].set_ylabel('loss')
    axes[1].plot(steps, [row['vs_chance'] for row in rows], label='loss / chance (1 = knows nothing)')
    axes[1].plot(steps, [row['spread'] for row in rows], label='spread of embeddings (0 = collapsed)')
    axes[1].plot(steps, [row['pos_sim'] for row in rows], label='cosine of two views of an image')
    axes[1].set_xlabel('iteration')
    axes[1].legend(fontsize=8)
    target = work_dir / 'loss.png'
    figure.savefig(target, dpi=120, bbox_inches='tight')
    return target


def draw_embedding(features_file: Path, classes: list, target: Path, title: str) -> Path:
    """Plot a t-SNE map of 3,000 images' features, coloured by class."""
    import matplotlib

    matplotlib.use('Agg')
    import matplotlib.pyplot as plt
    import numpy as np
    from sklearn.manifold import TSNE

    data = np.load(features_file)
    chosen = np.random.default_rng(0).permutation(len(data['features']))[:3000]
    features, labels = data['features'][chosen], data['labels'][chosen]
    places = TSNE(metric='cosine', init='random', random_state=0).fit_transform(features)
    figure, axis = plt.subplots(figsize=(8, 7))
    for number, name in enumerate(classes):
        axis.scatter(*places[labels == number].T, s=5, color=plt.cm.tab10(number % 10), label=name)
    axis.legend(markerscale=3, fontsize=8, loc='center left', bbox_to_anchor=(1, 0.5))
    axis.set_title(title)
    axis.set_xticks([])
    axis.set_yticks([])
    figure.savefig(target, dpi=120, bbox_inches='tight')
    return target


def main() -> None:
    """Run the demo."""
    args = parse_args()
    work_dir = ROOT / args.work_dir
    run(
        'tools/train.py',
        CONFIG,
        '--work-dir',
        args.work_dir,
        '--cfg-options',
        f'train_cfg.max_epochs={args.epochs}',
        f'train_cfg.val_interval={args.epochs}',
        'default_hooks.logger.interval=20',
        'default_hooks.report.validate_first=True',
    )
    run('tools/visualization/browse_views.py', CONFIG, '--out', f'{args.work_dir}/views.png')
    checkpoint = (work_dir / 'last_checkpoint').read_text().strip()
    run('tools/extract_features.py', CONFIG, checkpoint, '--out', f'{args.work_dir}/features.npz')

    report = json.loads((work_dir / 'result.json').read_text())
    protocol, history = report['protocol'], report['history']
    before, after = history[0]['knn/top1'], history[-1]['knn/top1']
    degraded = bool(protocol.get('degraded'))
    data = f'{protocol.get("dataset", "the data")} ({protocol.get("source", "")})'
    plots = [
        draw_loss(work_dir),
        work_dir / 'views.png',
        draw_embedding(
            work_dir / 'features.npz',
            protocol['classes'],
            work_dir / 'embedding.png',
            f't-SNE of test images, kNN {after:.1f} %',
        ),
    ]
    report.update(
        demo=dict(
            knn_before=before,
            knn_after=after,
            degraded=degraded,
            plots=[os.path.relpath(p, ROOT) for p in plots],
        )
    )
    (work_dir / 'demo.json').write_text(json.dumps(report, indent=2) + '\n')

    print()
    if degraded:
        print("DEGRADED: Fashion-MNIST could not be had here, so these numbers are of scikit-learn's digits.")
    print(f'Data: {data}, {protocol["bank_size"]} images in the bank, {protocol["num_queries"]} to classify')
    print(
        f'kNN before training: {before:.2f} %    after {args.epochs} epoch(s): {after:.2f} %    ({report["seconds"]:.0f} s)'
    )
    for plot in plots:
        print(f'  {os.path.relpath(plot, ROOT)}')
    print(f'  {os.path.relpath(work_dir / "demo.json", ROOT)}')


if __name__ == '__main__':
    main()
