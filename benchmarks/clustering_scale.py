"""What a clustering costs as images and clusters grow, and what that means for ImageNet; writes docs/clustering_at_scale.md.

    python benchmarks/clustering_scale.py [--threads N]            # k-means alone, for several sizes
    python benchmarks/clustering_scale.py --tree [--threads N]     # HCSC's tree beside PCL's clusterings, with memory and selection

Random unit vectors of 128 numbers: the time of k-means depends on sizes alone. Training time is measured at two numbers of iterations,
so that an iteration and what comes once are told apart; the assignment is measured by itself.
"""

import argparse
import json
import math
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from timeit import timeit

import torch
from timing import ROOT, medians
from torch.nn.functional import normalize

from mmcl.engine.hooks import ClusteringHook
from mmcl.evaluation.clustering import assign, find_centroids, join_levels
from mmcl.models.memories import ClusterMemory
from mmcl.models.policies import drop, keep_instances
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
TREE, IMAGES, QUEUE, BATCH = (3000, 2000, 1000), 100_000, 16_384, 256  # HCSC's
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


def measure_tree() -> list[dict]:
    """Seconds of each clustering that a tree, or clusterings apart, are made of, and the memory that it takes; and of HCSC's selection."""
    generator = torch.Generator().manual_seed(0)
    centres = torch.randn(5000, DIM, generator=generator)  # with structure, or no level has anything to find
    noise = torch.randn(IMAGES, DIM, generator=generator)
    features = normalize(centres[torch.arange(IMAGES) % len(centres)] + 0.5 * noise, dim=1)
    del noise
    _cluster(features[:2000], 50)  # loads libraries, which count as nobody's memory
    rows, levels = [], []
    for k in TREE:
        row, level = _cluster(levels[-1].centroids if levels else features, k)
        if levels:
            join_levels(levels[-1], level)
        levels.append(level)
        rows.append(dict(row, of='centroids' if len(levels) > 1 else 'images'))
        print(rows[-1], flush=True)
    for k in TREE[1:]:
        rows.append(dict(_cluster(features, k)[0], of='images'))
        print(rows[-1], flush=True)
    index = torch.arange(BATCH)

    def select() -> None:
        for number, level in enumerate(levels):
            drop(keep_instances(features[:QUEUE], level, level.assignments[index]), index, f'{number}')

    return [*rows, dict(of='selection', total=_seconds(select, 3))]


def _cluster(rows: torch.Tensor, k: int) -> tuple:
    """One clustering as the hook does it: its seconds, and how far memory has risen above where it was."""
    hook, clusters, seen = (
        ClusteringHook(niter=ITERATIONS),
        ClusterMemory([k]),
        torch.ones(len(rows), dtype=torch.bool),
    )
    Path('/proc/self/clear_refs').write_text('5')  # Linux: the peak begins anew
    before, start = _resident('VmRSS'), time.perf_counter()
    (level,), seconds = hook._cluster([rows], seen, [k], clusters)
    total = time.perf_counter() - start
    peak = _resident('VmHWM') - before
    names = ('k-means', 'assignment', 'concentrations')
    return dict(k=k, rows=len(rows), total=total, mib=peak, **dict(zip(names, seconds))), level


def _resident(name: str) -> float:
    """Memory of this process in MiB: now ('VmRSS') or at its peak ('VmHWM')."""
    lines = Path('/proc/self/status').read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


def tree_page(stored: dict) -> list[str]:
    """The lines about HCSC's tree."""
    rows = [row for row in stored['rows'] if row['of'] != 'selection']
    first, tree = rows[0], [row for row in rows if row['of'] == 'centroids']
    flat = [first, *(row for row in rows[1:] if row['of'] == 'images')]
    (selection,) = (row['total'] for row in stored['rows'] if row['of'] == 'selection')
    lines = [
        '## A tree of clusters',
        '',
        f'{IMAGES:,} embeddings of {DIM} numbers into {", ".join(f"{k:,}" for k in TREE)} clusters as the hook makes them,',
        f'{ITERATIONS} iterations, one start, on {stored["device"]}{stored.get("note", "")}.',
        '',
        '| what is clustered | clusters | k-means, s | assignment, s | concentrations, s | together, s |',
        '|---|---|---|---|---|---|',
    ]
    for row in (first, *tree, *flat[1:]):
        cells = [f'{row[key]:.3g}' for key in ('k-means', 'assignment', 'concentrations', 'total')]
        lines.append(f'| {row["rows"]:,} {row["of"]} | {row["k"]:,} | {" | ".join(cells)} |')
    sums = [sum(row['total'] for row in part) for part in ([first, *tree], flat)]
    return lines + [
        '',
        f"HCSC's tree, the first three rows: {sums[0]:.3g} s. PCL's three clusterings of the images at these sizes: {sums[1]:.3g} s.",
        f'Beside the embeddings ({4 * DIM * IMAGES / 2**20:.0f} MiB) memory rises by {max(row["mib"] for row in rows):.0f} MiB at most.',
        f"A step's selection among {QUEUE:,} keys for {BATCH} images on all three levels takes {selection:.3g} s there; on several",
        'devices each has its share of the images, but all keys.',
        '',
    ]


def exponent(rows: list[dict], name: str) -> float:
    """Slope of log time over log (N x k), least squares: 1 is linear."""
    x = [math.log(row['num'] * row['k']) for row in rows]
    y = [math.log(row[name]) for row in rows]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    return sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y)) / sum((a - mean_x) ** 2 for a in x)


def page(rows: list[dict], facts: dict, more: list[str]) -> str:
    """The measured table, ImageNet from the largest measured size, to which cost is proportional, and more lines."""
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
    return '\n'.join(lines + more)


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
    parser.add_argument('--tree', action='store_true', help='measure the tree in place of k-means alone')
    parser.add_argument(
        '--note', default='', help='what a reader should know of the tree, e.g. ", shared with other work"'
    )
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    stored, tree = (ROOT / f'benchmarks/results/{name}.json' for name in ('clustering', 'clustering_tree'))
    if not args.page:
        rows = measure_tree() if args.tree else measure()
        note = dict(note=args.note) if args.tree else {}
        write_json(str(tree if args.tree else stored), dict(**machine_facts(), **note, rows=rows))
    figures = json.loads(stored.read_text())
    more = tree_page(json.loads(tree.read_text())) if tree.exists() else []
    (ROOT / 'docs/clustering_at_scale.md').write_text(page(figures['rows'], figures, more))


if __name__ == '__main__':
    main()
