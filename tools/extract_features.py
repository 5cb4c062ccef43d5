"""Write features to a file: python tools/extract_features.py CONFIG CHECKPOINT --out F.npz [options]."""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from mmcl.utils.cli import add_config_options, load_config, run_tool  # noqa: E402


def parse_args() -> argparse.Namespace:
    """Read the command line; imports nothing heavy, so --help answers at once."""
    parser = argparse.ArgumentParser(
        description='Write unit-length backbone features of all images below --data-root, or of the test '
        'images of the config. The file holds features float32 (N, D), paths (N,) and labels int64 (N,), -1 '
        'where unknown, in the order of the paths. Files that cannot be read are left out and listed.'
    )
    parser.add_argument('config', help='config that the checkpoint was trained with')
    parser.add_argument('checkpoint', help='file that training wrote')
    parser.add_argument('--out', metavar='F.npz', required=True, help='the features; F.json tells how')
    parser.add_argument('--batch-size', type=int, default=256, metavar='N', help='images a batch (256)')
    parser.add_argument('--num-workers', type=int, default=0, metavar='N', help='loader processes (0)')
    parser.add_argument('--device', help='default: a GPU if there is one')
    parser.add_argument(
        '--trust-checkpoint',
        action='store_true',
        help='let the file run code: only your own files',
    )
    add_config_options(parser)
    return parser.parse_args()


def main() -> None:
    """Extract and write."""
    args = parse_args()
    cfg = load_config(args.config, args.cfg_options)

    from pathlib import Path

    import numpy as np
    from mmengine.dist import is_main_process

    from mmcl.apis import evaluation_dataset, folder_dataset, get_model, image_names
    from mmcl.engine.checkpoint import atomic_write, trust_checkpoints
    from mmcl.engine.extract import extract, extraction_loader
    from mmcl.registry import DATASETS
    from mmcl.utils.errors import InputError
    from mmcl.utils.launcher import init_distributed
    from mmcl.utils.report import run_facts, write_json

    out = Path(args.out)
    if out.suffix != '.npz':
        raise InputError(f'--out {args.out}', 'a name that ends in .npz', f'Say --out {args.out}.npz')
    out.parent.mkdir(parents=True, exist_ok=True)
    trust_checkpoints(args.trust_checkpoint)
    if args.launcher != 'none':
        init_distributed(args.launcher)
    learner = get_model(cfg, args.checkpoint, args.device)
    if args.data_root is None:
        dataset = DATASETS.build(evaluation_dataset(cfg))
    else:
        dataset = folder_dataset(cfg, args.data_root)
    loader = extraction_loader(dataset, args.batch_size, args.num_workers)
    features, labels, seen = (part.numpy() for part in extract(learner, loader, learner.features))
    if not is_main_process():
        return
    names = np.array(image_names(dataset))
    rejected = [os.path.relpath(path, dataset.data_root) for path in getattr(dataset, 'rejected', [])]
    left_out = sorted([*rejected, *names[~seen].tolist()])
    for name in left_out:
        print(f'unreadable, left out: {name}', file=sys.stderr)
    rows = np.flatnonzero(seen)[np.argsort(names[seen], kind='stable')]
    arrays = dict(features=features[rows], paths=names[rows], labels=labels[rows])
    atomic_write(str(out), lambda file: np.savez(file, **arrays))
    facts = dict(
        checkpoint=args.checkpoint,
        data=getattr(dataset, 'data_root', None),
        num_images=len(rows),
        num_labelled=int((labels[rows] >= 0).sum()),
        dim=features.shape[1],
        layer='backbone, pooled, unit length',
        left_out=left_out,
    )
    write_json(str(out.with_suffix('.json')), {**run_facts(cfg, None), **facts})
    print(f'{len(rows)} images, {features.shape[1]} numbers each -> {out}')


if __name__ == '__main__':
    run_tool(main)
