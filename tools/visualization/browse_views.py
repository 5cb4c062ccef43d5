"""Draw images beside their training views: python tools/visualization/browse_views.py CONFIG [options]."""

import argparse
import copy
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from mmcl.utils.cli import load_config, run_tool  # noqa: E402


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    from mmcl.utils.cfg_options import CfgOptions

    parser = argparse.ArgumentParser(description='Draw images beside the views that training makes of them.')
    parser.add_argument('config', help='config file, e.g. configs/mocov2/r50_200e.py')
    parser.add_argument(
        '--data-root', metavar='DIR', help="take images from DIR instead of the config's data"
    )
    parser.add_argument(
        '--num', type=int, default=8, help='images, one a row; they are spread over the dataset'
    )
    parser.add_argument('--epoch', type=int, default=0, help='the epoch whose views are shown, from 0')
    parser.add_argument('--out', default='views.png', metavar='FILE', help='PNG to write')
    parser.add_argument(
        '--cfg-options', nargs='+', action=CfgOptions, metavar='K=V', help='change config keys; +k=v adds one'
    )
    return parser.parse_args()


def make_rows(cfg, num: int, epoch: int) -> tuple:
    """Make the views of ``num`` images of the training set as a training run of this config makes them.

    Args:
        cfg (Config): A training config.
        num (int): Images, >= 1, no more than the dataset has.
        epoch (int): Counts from 0.

    Returns:
        tuple[list[str], list[ndarray], list[ndarray]]: A title an image; the images, uint8 HxWxC; for each
        view those of all images, uint8 (num, size, size, 3).

    Raises:
        InputError: The training set is a wrapper around other sets.
    """
    import numpy as np
    from mmengine.dataset import Compose, default_collate

    from mmcl.datasets.samplers import EpochIndex
    from mmcl.datasets.transforms import MultiView
    from mmcl.registry import DATASETS, MODELS
    from mmcl.utils.errors import InputError

    dataset = DATASETS.build(cfg.train_dataloader.dataset)
    preprocessor = MODELS.build({'type': 'ViewPreprocessor', **cfg.model.get('data_preprocessor', {})})
    if not hasattr(dataset, 'pipeline'):
        raise InputError(
            f'The training set is a {type(dataset).__name__}',
            'one dataset with a pipeline',
            'Give the wrapped dataset, with --cfg-options',
        )
    # A second pipeline over the same images, which leaves the views out.
    plain = copy.copy(dataset)
    plain.pipeline = Compose(
        [step for step in dataset.pipeline.transforms if not isinstance(step, MultiView)]
    )

    seed = cfg.get('randomness', {}).get('seed') or 0
    rows = np.linspace(0, len(dataset) - 1, min(num, len(dataset))).astype(int)
    samples = [dataset[EpochIndex(row, epoch, seed)] for row in rows.tolist()]
    originals = [plain[row]['inputs'].permute(1, 2, 0).numpy() for row in rows.tolist()]

    views = preprocessor(default_collate(samples), training=True)['inputs']
    views = views if isinstance(views, list) else [views]
    views = [(view - preprocessor.shift) / preprocessor.scale for view in views]
    views = [view.round().clamp(0, 255).byte().permute(0, 2, 3, 1).numpy() for view in views]

    classes = dataset.metainfo.get('classes') or ()
    titles = []
    for sample in (sample['data_samples'] for sample in samples):
        label = int(sample.gt_label) if 'gt_label' in sample else -1
        named = f'\n{classes[label]}' if 0 <= label < len(classes) else ''
        titles.append(f'{sample.sample_idx}{named}')
    return titles, originals, views


def draw(path: str, titles: list, originals: list, views: list) -> None:
    """Draw a row an image: the image, then its views."""
    import matplotlib

    matplotlib.use('Agg')
    import matplotlib.pyplot as plt

    shape = len(titles), 1 + len(views)
    figure, axes = plt.subplots(*shape, figsize=(1.7 * shape[1] + 0.8, 1.7 * shape[0] + 0.4), squeeze=False)
    for row, (title, original) in enumerate(zip(titles, originals)):
        for column, image in enumerate([original, *(view[row] for view in views)]):
            axis = axes[row, column]
            axis.imshow(image.squeeze(), cmap='gray', vmin=0, vmax=255)
            axis.set(xticks=[], yticks=[])
            if row == 0:
                axis.set_title(f'view {column}' if column else 'original', fontsize=10)
        axes[row, 0].set_ylabel(title, fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    plt.close(figure)


def main() -> None:
    """Load the config, make the views, draw them."""
    args = parse_args()
    cfg = load_config(args.config, args.cfg_options, args.data_root)

    from mmengine.registry import init_default_scope

    from mmcl.utils.errors import InputError

    if args.num < 1 or args.epoch < 0:
        raise InputError(
            f'--num {args.num} --epoch {args.epoch}',
            'at least one image and an epoch from 0',
            'Try --num 8 --epoch 0',
        )
    if not args.out.lower().endswith('.png'):
        raise InputError(f'--out {args.out}', 'a file name that ends in .png', 'Try --out views.png')
    init_default_scope(cfg.get('default_scope', 'mmcl'))
    rows = make_rows(cfg, args.num, args.epoch)
    os.makedirs(os.path.dirname(os.path.abspath(args.out)), exist_ok=True)
    draw(args.out, *rows)
    print(f'{args.out}: {len(rows[0])} images with {len(rows[2])} views each')


if __name__ == '__main__':
    run_tool(main)
