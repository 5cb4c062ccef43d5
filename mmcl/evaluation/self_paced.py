"""Clusters that can be relied on: k-reciprocal neighbours, DBSCAN, independence and compactness (SpCL, https://arxiv.org/abs/2006.02713)."""

from typing import NamedTuple

import numpy as np
import torch
from scipy import sparse
from torch import Tensor

_SCORES = 1 << 24  # similarities held at once
_OVERLAPS = 1 << 22  # of pairs of images, held at once


def jaccard_graph(features: Tensor, k1: int = 30, k2: int = 6, limit: float = 1.0) -> sparse.csr_matrix:
    """Jaccard distances of k-reciprocal codes (Zhong et al. 2017, https://arxiv.org/abs/1701.08398, without the share of plain distance).

    An image's code says how near its k-reciprocal neighbours are, those that also have it among their nearest; of two images whose codes
    have no neighbour in common the distance is 1. Only near pairs are held, so memory grows with the images and not with their square.

    Args:
        features (Tensor): (N, D), unit length, on any device.
        k1 (int): Nearest neighbours, the image itself among them, >= 1; at most N. Defaults to 30.
        k2 (int): Over how many of the nearest a code is averaged, >= 1. Defaults to 6.
        limit (float): Largest distance that is held, in (0, 1]. Defaults to 1: all below it.

    Returns:
        csr_matrix: float32 (N, N), symmetric; what is not held is above ``limit``, or 1.
    """
    num, k1 = len(features), min(k1, len(features))
    nearest = _nearest(features, k1)  # (N, k1)
    neighbours = _reciprocal(nearest, k1)
    half = _reciprocal(nearest, min(int(np.around(k1 / 2)) + 1, k1))
    # a neighbour brings in its own, nearer ones, where more than two thirds of them are neighbours too
    shared = neighbours.multiply(neighbours @ half.T).tocoo()
    sizes = np.diff(half.indptr)
    joins = 3 * shared.data > 2 * sizes[shared.col]
    brought = sparse.csr_matrix((np.ones(joins.sum()), (shared.row[joins], shared.col[joins])), (num, num))
    codes = _weighted(features, (neighbours + brought @ half).tocsr())
    if k2 > 1:
        k2 = min(k2, k1)
        mean = sparse.csr_matrix(
            (np.full(num * k2, 1 / k2), nearest[:, :k2].ravel(), np.arange(0, num * k2 + 1, k2)), (num, num)
        )
        codes = (mean @ codes).tocsr()
    return _jaccard(codes, limit)


def _nearest(features: Tensor, k: int) -> np.ndarray:
    """The k nearest images of each, itself first, int64 (N, k)."""
    num = len(features)
    found = []
    for start, part in zip(range(0, num, max(_SCORES // num, 1)), features.split(max(_SCORES // num, 1))):
        scores = part @ features.T
        rows = torch.arange(len(part), device=scores.device)
        scores[rows, start + rows] = torch.inf  # also where another image is equal to it
        found.append(scores.topk(k, dim=1).indices.cpu())
    return torch.cat(found).numpy()


def _reciprocal(nearest: np.ndarray, k: int) -> sparse.csr_matrix:
    """Pairs that are among the k nearest of each other, as ones (N, N)."""
    num = len(nearest)
    among = sparse.csr_matrix(
        (np.ones(num * k), nearest[:, :k].ravel(), np.arange(0, num * k + 1, k)), (num, num)
    )
    both = among.multiply(among.T).tocsr()
    both.sort_indices()
    return both


def _weighted(features: Tensor, members: sparse.csr_matrix) -> sparse.csr_matrix:
    """Each row a softmax of minus the squared distances to its members, float32 (N, N)."""
    members = members.tocoo()
    rows, columns = (torch.from_numpy(part.astype(np.int64)) for part in (members.row, members.col))
    cosines = torch.cat(
        [
            (features[r.to(features.device)] * features[c.to(features.device)]).sum(dim=1).cpu()
            for r, c in zip(rows.split(1 << 18), columns.split(1 << 18))
        ]
    )
    weights = (2 * cosines.double() - 2).exp()
    sums = torch.zeros(len(features), dtype=torch.float64).index_add_(0, rows, weights)
    weights = (weights / sums[rows]).float().numpy()
    return sparse.csr_matrix((weights, (members.row, members.col)), members.shape)


def _jaccard(codes: sparse.csr_matrix, limit: float) -> sparse.csr_matrix:
    """1 - (sum of least) / (sum of largest) of rows that sum to 1, where it is at most ``limit`` and below 1."""
    num, by_column = codes.shape[0], codes.tocsc()
    starts, sizes = by_column.indptr[:-1], np.diff(by_column.indptr)
    enough = max(2 * (1 - limit) / (2 - limit), 1e-12)
    step = max(_OVERLAPS // num, 1)
    rows, columns, distances = [], [], []
    for first in range(0, num, step):
        last = min(first + step, num)
        block = slice(codes.indptr[first], codes.indptr[last])
        members, weights = codes.indices[block], codes.data[block]
        owners = np.repeat(np.arange(last - first), np.diff(codes.indptr[first : last + 1]))
        counts = sizes[members]
        # every entry of every column that a member stands for
        places = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        places += np.repeat(starts[members], counts)
        least = np.minimum(np.repeat(weights, counts), by_column.data[places])
        pairs = np.repeat(owners.astype(np.int64) * num, counts) + by_column.indices[places]
        overlap = np.bincount(pairs, least, minlength=(last - first) * num)
        near = np.flatnonzero(overlap >= enough)
        rows.append((first + near // num).astype(np.int32))
        columns.append((near % num).astype(np.int32))
        distances.append(np.maximum(1 - overlap[near] / (2 - overlap[near]), 0).astype(np.float32))
    found = np.concatenate(distances), (np.concatenate(rows), np.concatenate(columns))
    return sparse.csr_matrix(found, (num, num))


def density_clusters(graph: sparse.csr_matrix, eps: float, min_samples: int = 4) -> np.ndarray:
    """scikit-learn's DBSCAN of a graph of distances.

    Args:
        graph (csr_matrix): From :func:`jaccard_graph`.
        eps (float): Largest distance of neighbours, in (0, 1).
        min_samples (int): Neighbours of a core point, itself counted. Defaults to 4.

    Returns:
        ndarray: int64 (N,), from 0; images in no cluster have numbers of their own, above the clusters'.
    """
    from sklearn.cluster import DBSCAN

    found = DBSCAN(eps=eps, min_samples=min_samples, metric='precomputed').fit_predict(graph).astype(np.int64)
    alone = found < 0
    found[alone] = found.max(initial=-1) + 1 + np.arange(alone.sum())
    return found


class SelfPaced(NamedTuple):
    """Which clusters are kept.

    Args:
        labels (ndarray): int64 (N,), equal for images of one kept cluster, another number for each other image.
        threshold (float): Of the clusters' independence; nan as long as there was no cluster to take it from.
        independence (ndarray): 1 - IoU of each image's cluster with its cluster of looser eps, float64 (N,); 0 is best.
        compactness (ndarray): Likewise, with the one of tighter eps.
    """

    labels: np.ndarray
    threshold: float
    independence: np.ndarray
    compactness: np.ndarray


def reliable_clusters(
    labels: np.ndarray, tight: np.ndarray, loose: np.ndarray, threshold: float = np.nan, keep: float = 0.9
) -> SelfPaced:
    """Keep the clusters that a looser criterion leaves alone, and of them the images that a tighter one leaves together (section 3.2).

    As in the authors' code, scores are 1 - IoU of an image's sets, a cluster's are the least of its images', a cluster is kept up to a
    threshold that about ``keep`` of the clusters of the first epoch pass, and an image of a kept cluster if it is as compact as the best.

    Args:
        labels (ndarray): Clusters at eps, int64 (N,), images in none with numbers of their own.
        tight (ndarray): At a smaller eps.
        loose (ndarray): At a larger eps.
        threshold (float): From an earlier epoch. Defaults to nan: taken from these clusters.
        keep (float): Share of clusters, in (0, 1]. Defaults to 0.9.
    """
    compactness, independence = (1 - _overlap(labels, other) for other in (tight, loose))
    num = labels.max() + 1
    floor, score = np.full(num, np.inf), np.full(num, np.inf)
    np.minimum.at(floor, labels, compactness)
    np.minimum.at(score, labels, independence)
    sizes = np.bincount(labels, minlength=num)
    if np.isnan(threshold) and (sizes > 1).any():
        scores = np.sort(score[sizes > 1])
        threshold = float(scores[min(len(scores) - 1, int(np.round(len(scores) * keep)))])
    kept = (
        (score[labels] <= threshold) & (compactness <= floor[labels])
        if not np.isnan(threshold)
        else sizes[labels] > 1
    )
    chosen = np.where(kept, labels, num + np.arange(len(labels)))
    return SelfPaced(chosen, threshold, independence, compactness)


def _overlap(labels: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Intersection over union of the two sets that each image is in, float64 (N,)."""
    pairs, where, both = np.unique(
        labels.astype(np.int64) * (other.max() + 1) + other, return_inverse=True, return_counts=True
    )
    inside = both[where]
    return inside / (np.bincount(labels)[labels] + np.bincount(other)[other] - inside)
