"""k-means of a dataset's embeddings, and how concentrated its clusters are."""

import importlib.util
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from mmcl.structures import ClusterResult
from mmcl.utils.errors import InputError

_TILE = 1 << 23  # distances held at once (32 MiB)


class KMeans(NamedTuple):
    """What :func:`kmeans` returns.

    Args:
        assignments (Tensor): Nearest centroid of each row, int64 (N,).
        centroids (Tensor): Cluster centres as found, not normalised, float32 (k, D).
        squared_distances (Tensor): From each row to its centroid, squared L2, float32 (N,).
    """

    assignments: Tensor
    centroids: Tensor
    squared_distances: Tensor


def choose_engine(engine: str, on_device: bool) -> str:
    """Resolve 'auto': torch where the features lie on a GPU or faiss is not installed, else faiss.

    Raises:
        InputError: An unknown engine, or 'faiss' where it is not installed.
    """
    installed = importlib.util.find_spec('faiss') is not None
    if engine == 'auto':
        return 'faiss' if installed and not on_device else 'torch'
    if engine not in ('faiss', 'torch'):
        raise InputError(
            f'engine={engine!r}', "'auto', 'faiss' or 'torch'", 'Change it in the ClusteringHook'
        )
    if engine == 'faiss' and not installed:
        raise InputError(
            "engine='faiss', but faiss is not installed",
            'an installed engine',
            "pip install faiss-cpu, or say engine='torch'",
        )
    return engine


def kmeans(features: Tensor, k: int, seed: int = 0, engine: str = 'auto', **settings: int) -> KMeans:
    """Lloyd's k-means with squared L2 distance: :func:`find_centroids`, which takes ``settings``, then :func:`assign`."""
    return assign(features, find_centroids(features, k, seed, engine, **settings))


def find_centroids(
    features: Tensor,
    k: int,
    seed: int = 0,
    engine: str = 'auto',
    niter: int = 20,
    nredo: int = 1,
    max_points_per_centroid: int = 1000,
) -> Tensor:
    """Train the centroids of a k-means; the same result for the same seed and number of threads.

    A cluster that runs empty while training takes half of a large one; after the last assignment a cluster
    may be empty, its centroid is finite all the same. On a GPU sums are taken in any order, so last bits vary
    there.

    Args:
        features (Tensor): float32 (N, D), finite.
        k (int): Clusters, in [1, N].
        seed (int): Of the first centroids (rows drawn without replacement) and the training rows.
        engine (str): 'faiss', 'torch' or 'auto' (see :func:`choose_engine`).
        niter (int): Iterations, >= 1.
        nredo (int): Runs from different starts, >= 1; the one with the smallest sum of distances is kept.
        max_points_per_centroid (int): Centroids are trained on at most this times k rows, drawn at random.

    Returns:
        Tensor: float32 (k, D), where the features are.

    Raises:
        InputError: More clusters than rows, or features that are not finite.
    """
    _check(features, k)
    train = _train_faiss if choose_engine(engine, features.is_cuda) == 'faiss' else _train_torch
    return train(features.float().contiguous(), k, seed, niter, nredo, max_points_per_centroid)


def spherical_centroids(features: Tensor, k: int, seed: int = 0, niter: int = 10) -> Tensor:
    """Train the unit-length centroids of a spherical k-means, as DeepCluster-v2 does (https://arxiv.org/abs/2006.09882, appendix).

    Each turn gives a row to the centroid with the largest cosine and moves a centroid to the direction of its rows' sum; one without rows
    stays where it is.

    Args:
        features (Tensor): float32 (N, D), unit length, finite.
        k (int): Clusters, in [1, N].
        seed (int): Of the first centroids, rows drawn without replacement.
        niter (int): Turns, >= 1. Defaults to 10.

    Returns:
        Tensor: float32 (k, D), where the features are.

    Raises:
        InputError: More clusters than rows, or features that are not finite.
    """
    _check(features, k)
    first = torch.randperm(len(features), generator=torch.Generator().manual_seed(seed))[:k]
    centroids = F.normalize(features[first.to(features.device)].float(), dim=1)
    for _ in range(niter):
        nearest = _nearest(features, centroids)[0]
        sums = torch.zeros_like(centroids).index_add_(0, nearest, features)
        filled = torch.bincount(nearest, minlength=k) > 0
        centroids = torch.where(filled[:, None], F.normalize(sums, dim=1), centroids)
    return centroids


def assign(features: Tensor, centroids: Tensor) -> KMeans:
    """Give every row (N, D) to its nearest centroid (k, D)."""
    assignments = _nearest(features, centroids)[0]
    # |x|^2 - 2xc + |c|^2 loses half of the digits of a small distance, so distances are taken anew.
    pairs = zip(features.split(1 << 16), assignments.split(1 << 16))
    squared = torch.cat([(rows - centroids[ids]).square().sum(1) for rows, ids in pairs])
    return KMeans(assignments, centroids, squared)


def _check(features: Tensor, k: int) -> None:
    if not 1 <= k <= len(features):
        raise InputError(
            f'k={k} clusters of {len(features)} images',
            'at least 1, at most one an image',
            'Change num_clusters',
        )
    if not features.isfinite().all():
        raise InputError(
            'The embeddings contain NaN or infinity', 'finite embeddings', 'Lower the learning rate'
        )


def _train_faiss(features: Tensor, k: int, seed: int, niter: int, nredo: int, max_points: int) -> Tensor:
    import faiss

    dim = features.size(1)
    training = faiss.Clustering(dim, k)
    training.seed, training.niter, training.nredo = seed, niter, nredo
    training.max_points_per_centroid = max_points
    training.min_points_per_centroid = 1  # only silences a warning on stderr
    index = faiss.IndexFlatL2(dim)
    if faiss.get_num_gpus() > 0:  # a build with GPUs
        index = faiss.index_cpu_to_all_gpus(index)
    training.train(features.cpu().numpy(), index)
    return torch.from_numpy(faiss.vector_to_array(training.centroids).reshape(k, dim)).to(features.device)


def _train_torch(features: Tensor, k: int, seed: int, niter: int, nredo: int, max_points: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    if len(features) > k * max_points:
        chosen = torch.randperm(len(features), generator=generator)[: k * max_points]
        features = features[chosen.to(features.device)]
    best, best_cost = None, torch.inf
    for _ in range(nredo):
        first = torch.randperm(len(features), generator=generator)[:k]
        centroids = features[first.to(features.device)].clone()
        for _ in range(niter):
            centroids = _means(features, _nearest(features, centroids)[0], centroids)
        cost = _nearest(features, centroids)[1]
        if cost < best_cost:
            best, best_cost = centroids, cost
    return best


def _nearest(features: Tensor, centroids: Tensor) -> tuple[Tensor, Tensor]:
    """Nearest centroid of each row, and the sum of the squared distances up to a constant."""
    square = centroids.square().sum(1)
    assignments, cost = [], square.new_zeros((), dtype=torch.float64)
    parts = features.split(max(1, _TILE // len(centroids)))
    buffer = features.new_empty(
        len(parts[0]), len(centroids)
    )  # one for all parts: freed ones leave holes that do not fit again
    for rows in parts:
        product = torch.addmm(square, rows, centroids.t(), alpha=-2, out=buffer[: len(rows)])
        distance, nearest = product.min(1)
        assignments.append(nearest)
        cost += distance.sum(dtype=torch.float64)
    return torch.cat(assignments), cost


def _means(features: Tensor, assignments: Tensor, old: Tensor) -> Tensor:
    """Mean of each cluster; an empty one takes half of one of the largest, both shifted a little."""
    counts = torch.bincount(assignments, minlength=len(old))
    means = torch.zeros_like(old).index_add_(0, assignments, features) / counts.clamp(min=1)[:, None]
    empty = (counts == 0).nonzero()[:, 0]
    if len(empty):
        means[empty] = old[empty]
        large = counts.topk(len(empty)).indices
        shift = torch.full_like(old[0], 1 / 1024)
        shift[1::2].neg_()
        means[empty] = means[large] * (1 + shift)
        means[large] = means[large] * (1 - shift)
    return means


def concentration(
    squared_distances: Tensor, assignments: Tensor, k: int, alpha: float = 10.0, temperature: float = 0.2
) -> Tensor:
    """PCL's phi, the temperature of each cluster (https://arxiv.org/abs/2005.04966, eq. 12, authors' code).

    phi = sum of distances / (Z log(Z + alpha)) for Z members; clusters of fewer than two get the largest phi;
    then phi is clipped to its 10th and 90th percentile and scaled to mean ``temperature``.

    Args:
        squared_distances (Tensor): From each row to its raw centroid, (N,).
        assignments (Tensor): Cluster of each row, int64 (N,), in [0, k).
        k (int): Clusters.
        alpha (float): Keeps small clusters from a large phi, > 0. Defaults to 10.
        temperature (float): Mean of the result, > 0. Defaults to 0.2.

    Returns:
        Tensor: float32 (k,). All are ``temperature`` where no cluster has any spread (a collapsed network).
    """
    counts = torch.bincount(assignments, minlength=k).double()
    spread = torch.zeros_like(counts).index_add_(0, assignments, squared_distances.double().sqrt())
    phi = spread / (counts * (counts + alpha).log()).clamp(min=1e-12)
    phi = torch.where(counts > 1, phi, torch.zeros_like(phi))
    phi = torch.where(counts > 1, phi, phi.max())
    phi = phi.clamp(phi.quantile(0.1), phi.quantile(0.9))
    if phi.mean() == 0:
        phi = torch.ones_like(phi)
    return (temperature * phi / phi.mean()).float()


def to_prototypes(found: KMeans, seen: Tensor, temperature: float, alpha: float = 10.0) -> ClusterResult:
    """Turn a k-means of the readable images into what a model trains with.

    Args:
        found (KMeans): Of the rows where ``seen``.
        seen (Tensor): Which of all images could be read, bool (N,); the others get the assignment -1.
        temperature (float): Mean of the clusters' temperatures, > 0.
        alpha (float): See :func:`concentration`.
    """
    assignments = found.assignments.new_full((len(seen),), -1)
    assignments[seen.to(assignments.device)] = found.assignments
    density = concentration(
        found.squared_distances, found.assignments, len(found.centroids), alpha, temperature
    )
    return ClusterResult(assignments, F.normalize(found.centroids, dim=1), density)


def join_levels(lower: ClusterResult, upper: ClusterResult) -> None:
    """Put a clustering of a level's centroids above that level: HCSC's tree (https://arxiv.org/abs/2202.00455).

    Args:
        lower (ClusterResult): Of the images; gets ``parents``.
        upper (ClusterResult): Of ``lower``'s k centroids; its assignments, (k,), become those of the images, (N,), in which an image goes
            where its cluster goes.
    """
    lower.parents = upper.assignments
    seen = lower.assignments >= 0
    upper.assignments = torch.where(seen, lower.parents[lower.assignments.clamp(min=0)], -1)
