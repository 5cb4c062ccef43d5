"""What a clustering costs as images and clusters grow, and what that means for ImageNet; writes docs/clustering_at_scale.md.

    python benchmarks/clustering_scale.py [--threads N]

Random unit vectors of 128 numbers: the time of k-means depends on sizes alone. Training time is measured at two numbers of iterations,
so that an iteration and what comes once are told apart; the assignment is measured by itself.
"""

import argparse
import json
import math
from collections.abc import Callable
from functools import partial
from timeit import timeit

import torch
from timing import ROOT, medians
from torch.nn.functional import normalize

from mmcl.evaluation.clustering import assign, find_centroids
from mmcl.utils.report import machine_facts, write_json

DIM, FEW, MORE, ITERATIONS = 128, 1, 3, 20  # few, since faiss stops once little changes
SIZES = [
    (10_000, 100),
    (10_000, 1000),
    (100_000, 1000),
    (100_000, 10_000),
    (1_000_000, 1000),
    (1_000_000, 10_000),
]
IMAGENET, PCL_CLUSTERS = 1_281_167, (25_000, 50_000, 100_000)


def measure() -> list[dict]:
    """Seconds of each part for each size."""
    rows = []
    for num, k in SIZES:
        features = normalize(torch.randn(num, DIM, generator=torch.Generator().manual_seed(0)), dim=1)
        repeats = 1 if num * k > 1e9 else 9
        few, more = (
            _seconds(partial(find_centroids, features, k, niter=n, max_points_per_centroid=num), repeats)
            for n in (FEW, MORE)
        )
        assignment = _seconds(partial(assign, features, features[:k]), repeats)
        iteration = (more - few) / (MORE - FEW)
        once = max(few - FEW * iteration, 0.0)
        rows.append(dict(num=num, k=k, iteration=iteration, once=once, assignment=assignment))
        print(rows[-1], flush=True)
    return rows


def _seconds(work: Callable[[], object], repeats: int) -> float:
    """Median time of a call."""
    return medians(dict(work=work), repeats)['work'] if repeats > 1 else timeit(work, number=1)


def exponent(rows: list[dict], name: str) -> float:
    """Slope of log time over log (N x k), least squares: 1 is linear."""
    x = [math.log(row['num'] * row['k']) for row in rows]
    y = [math.log(row[name]) for row in rows]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    return sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y)) / sum((a - mean_x) ** 2 for a in x)


def page(rows: list[dict], facts: dict) -> str:
    """The measured table, and ImageNet from the largest measured size, to which cost is proportional."""
    largest = max(rows, key=lambda row: row['num'] * row['k'])
    rate = {name: largest[name] / (largest['num'] * largest['k']) for name in ('iteration', 'assignment')}
    lines = [
        '# Clustering at scale',
        '',
        f'Measured by `benchmarks/clustering_scale.py` on {facts["device"]}, faiss {facts["versions"]["faiss-cpu"]},',
        f'{DIM}-d embeddings. The clustering hook prints the same parts for every epoch of a run.',
        '',
        '| images | clusters | one iteration, s | once, s | assignment, s |',
        '|---|---|---|---|---|',
    ]
    for row in rows:
        cells = [
            f'{row["num"]:,}',
            f'{row["k"]:,}',
            *(f'{row[n]:.3g}' for n in ('iteration', 'once', 'assignment')),
        ]
        lines.append(f'| {" | ".join(cells)} |')
    slopes = [f'{exponent(rows, name):.2f}' for name in ('iteration', 'assignment')]
    lines += [
        '',
        f'Time over images x clusters has the slope {slopes[0]} (an iteration) and {slopes[1]} (the assignment) on logarithmic scales;',
        '1 is linear. faiss ends a training once little changes, so that 20 iterations are the most it takes.',
        '',
        '## ImageNet, projected',
        '',
        f'{IMAGENET:,} images, {ITERATIONS} iterations, from the rate of the largest size measured. PCL clusters three times an epoch;',
        f'embeddings take {4 * DIM * IMAGENET / 2**20:,.0f} MiB. Making them is one forward pass over all images.',
        '',
        '| clusters | k-means | assignment | together |',
        '|---|---|---|---|',
    ]
    work, total = 2 * DIM * IMAGENET * sum(PCL_CLUSTERS) * (ITERATIONS + 1), 0.0
    for k in PCL_CLUSTERS:
        training, once = rate['iteration'] * ITERATIONS * IMAGENET * k, rate['assignment'] * IMAGENET * k
        total += training + once
        lines.append(f'| {k:,} | {_hours(training)} | {_hours(once)} | {_hours(training + once)} |')
    lines += [
        '',
        f'All three: {_hours(total)} an epoch on these cores. The work is matrix products, {work:.2g}',
        'operations an epoch: a GPU with 50 TFLOP/s of fp32 would need at least '
        f'{_hours(work / 50e12)}. On CPUs, lower it',
        "with the hook's `interval` and `niter`, or with smaller `num_clusters`.",
        '',
    ]
    return '\n'.join(lines)


def _hours(seconds: float) -> str:
    return (
        f'{seconds / 3600:.1f} h'
        if seconds >= 3600
        else f'{seconds / 60:.1f} min'
        if seconds >= 60
        else f'{seconds:.1f} s'
    )


def main() -> None:
    """Measure and write, or only write from the last measurement."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--threads', type=int, default=torch.get_num_threads())
    parser.add_argument('--page', action='store_true', help='write the page from the stored figures')
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    stored = ROOT / 'benchmarks/results/clustering.json'
    if not args.page:
        write_json(str(stored), dict(**machine_facts(), rows=measure()))
    figures = json.loads(stored.read_text())
    (ROOT / 'docs/clustering_at_scale.md').write_text(page(figures['rows'], figures))


if __name__ == '__main__':
    main()
