"""Compare clusters with classes, and draw them: python tools/analysis/clusters.py CONFIG CHECKPOINT [options]."""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from mmcl.utils.cli import add_config_options, load_config, run_tool  # noqa: E402


def parse_args() -> argparse.Namespace:
    """Read the command line; imports nothing heavy, so --help answers at once."""
    parser = argparse.ArgumentParser(
        description="NMI, AMI, ARI and accuracy (percent) of a method's clusters, or of k-means of any method's backbone features, on the "
        "evaluation's images; the images nearest to each prototype as pictures, and the tree of a method that has one."
    )
    parser.add_argument('config', help='config that the checkpoint was trained with')
    parser.add_argument('checkpoint', help='file that training wrote')
    parser.add_argument(
        '--k', type=int, nargs='+', default=[], help='k-means of the features too, k clusters each'
    )
    parser.add_argument('--seed', type=int, default=0, help='of these k-means (0)')
    parser.add_argument('--pictures', metavar='DIR', help='draw into this folder')
    parser.add_argument('--rows', type=int, default=20, metavar='N', help='clusters of a picture (20)')
    parser.add_argument('--columns', type=int, default=10, metavar='N', help='images of a cluster (10)')
    parser.add_argument(
        '--roots', type=int, default=4, metavar='N', help='clusters of the last level in the tree (4)'
    )
    parser.add_argument(
        '--children', type=int, default=3, metavar='N', help='of each cluster in the tree (3)'
    )
    parser.add_argument('--batch-size', type=int, default=256, metavar='N', help='images a batch (256)')
    parser.add_argument('--device', help='default: a GPU if there is one')
    parser.add_argument('--out', metavar='F.json', help='default clusters.json beside the checkpoint')
    parser.add_argument(
        '--trust-checkpoint', action='store_true', help='let the file run code: only your own files'
    )
    add_config_options(parser)
    return parser.parse_args()


def cluster_features(learner, loader, sizes: list, seed: int) -> tuple:
    """K-means of unit-length backbone features: clusters and cosines, (N, L) each, and classes, (N,)."""
    import torch

    from mmcl.engine.extract import extract
    from mmcl.evaluation import kmeans

    features, labels, seen = extract(learner, loader, learner.features)
    clusters = torch.full((len(seen), len(sizes)), -1)
    cosines = torch.zeros(len(seen), len(sizes))
    for number, k in enumerate(sizes):
        found = kmeans(features[seen], k, seed, nredo=5)
        clusters[seen, number] = found.assignments
        centres = torch.nn.functional.normalize(found.centroids, dim=1)[found.assignments]
        cosines[seen, number] = (features[seen] * centres).sum(dim=1)
    return clusters, cosines, torch.where(seen, labels, -1)


def main() -> None:
    """Assign, compare, draw, write down."""
    args = parse_args()
    cfg = load_config(args.config, args.cfg_options, args.data_root)

    from pathlib import Path

    from mmcl.apis import evaluation_dataset, get_model
    from mmcl.engine.checkpoint import trust_checkpoints
    from mmcl.engine.clusters import assign_all
    from mmcl.engine.extract import extraction_loader
    from mmcl.evaluation.cluster_metric import agreement
    from mmcl.evaluation.cluster_sheet import draw_sheet, draw_tree
    from mmcl.registry import DATASETS
    from mmcl.utils.errors import expect
    from mmcl.utils.report import run_facts, write_json

    for name in ('rows', 'columns', 'roots', 'children'):
        expect(vars(args)[name] >= 1, f'--{name} {vars(args)[name]}', 'at least 1', f'Raise --{name}')
    trust_checkpoints(args.trust_checkpoint)
    learner = get_model(cfg, args.checkpoint, args.device)
    loader = extraction_loader(DATASETS.build(evaluation_dataset(cfg)), args.batch_size)
    found = assign_all(learner, loader) if hasattr(learner, 'assign') or not args.k else None
    given = f'{args.checkpoint} without --k'
    expect(found is not None or args.k, given, 'a checkpoint with clusters', 'Train longer, or give --k')
    kinds = {}  # name -> clusters, confidence, classes; (N,) each
    if found is not None:
        kinds = {
            f'level {i}': (*columns, found.labels)
            for i, columns in enumerate(zip(found.clusters.T, found.confidence.T))
        }
    if args.k:
        *parts, labels = cluster_features(learner, loader, args.k, args.seed)
        kinds.update(
            {f'k-means {k}': (*columns, labels) for k, *columns in zip(args.k, *(part.T for part in parts))}
        )
    if args.pictures:
        os.makedirs(args.pictures, exist_ok=True)

    def picture(number: int):
        return loader.dataset[number]['inputs'].permute(1, 2, 0).numpy()

    report = {}
    for name, parts in kinds.items():
        clusters, confidence, labels = (part.numpy() for part in parts)
        known = (clusters >= 0) & (labels >= 0)
        values = agreement(clusters[known], labels[known]) if known.any() else {}
        report[name] = dict(
            clusters=len(set(clusters[clusters >= 0].tolist())), images=int((clusters >= 0).sum()), **values
        )
        told = (
            ', '.join(f'{key.upper()} {value:.2f}' for key, value in values.items())
            or 'no labels to compare with'
        )
        print(f'{name}: {report[name]["clusters"]} clusters with images; {told}')
        if args.pictures:
            path = os.path.join(args.pictures, f'{name.replace(" ", "_")}.png')
            draw_sheet(path, clusters, confidence, picture, args.rows, args.columns)
    if (
        args.pictures
        and getattr(getattr(learner, 'clusters', None), 'hierarchical', False)
        and found is not None
    ):
        path = os.path.join(args.pictures, 'tree.png')
        clusters, confidence = found.clusters.numpy(), found.confidence.numpy()
        draw_tree(path, clusters, confidence, picture, args.roots, args.children, args.columns)
    out = args.out or str(Path(args.checkpoint).parent / 'clusters.json')
    write_json(out, dict(run_facts(cfg, args.seed), checkpoint=args.checkpoint, clusterings=report))
    print(f'-> {out}' + (f', pictures in {args.pictures}' if args.pictures else ''))


if __name__ == '__main__':
    run_tool(main)
