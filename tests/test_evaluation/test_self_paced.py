"""k-reciprocal distances, DBSCAN and reliable clusters: against the papers' loops."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mmcl.evaluation.self_paced import density_clusters, jaccard_graph, reliable_clusters


def blobs(num=40, dim=8, groups=5, spread=0.35, seed=0):
    generator = torch.Generator().manual_seed(seed)
    centers = torch.randn(groups, dim, generator=generator, dtype=torch.float64)
    truth = torch.arange(num) % groups
    noise = torch.randn(num, dim, generator=generator, dtype=torch.float64)
    return F.normalize(centers[truth] + spread * noise, dim=1), truth.numpy()


def slow_jaccard(features, k1, k2):
    """Zhong et al. 2017, an image at a time, with SpCL's choices."""
    x = features.numpy()
    num, cosines = len(x), x @ x.T
    rank = [sorted(range(num), key=lambda j, i=i: (j != i, -cosines[i, j])) for i in range(num)]

    def reciprocal(i, k):
        k = min(k, k1)
        return {j for j in rank[i][:k] if i in rank[j][:k]}

    codes = np.zeros((num, num))
    for i in range(num):
        first = reciprocal(i, k1)
        members = set(first)
        for j in first:
            half = reciprocal(j, int(np.around(k1 / 2)) + 1)
            if len(half & first) > 2 / 3 * len(half):
                members |= half
        members = sorted(members)
        weights = np.exp(-(2 - 2 * cosines[i, members]))
        codes[i, members] = weights / weights.sum()
    codes = np.stack([np.mean([codes[j] for j in rank[i][:k2]], axis=0) for i in range(num)])
    distance = np.ones((num, num))
    for i in range(num):
        for j in range(num):
            distance[i, j] = 1 - np.minimum(codes[i], codes[j]).sum() / np.maximum(codes[i], codes[j]).sum()
    return distance.clip(0)


def dense(graph):
    full = np.ones(graph.shape)
    graph = graph.tocoo()
    full[graph.row, graph.col] = graph.data
    return full


@pytest.mark.parametrize(
    'k1, k2, spread', [(6, 1, 0.35), (6, 3, 0.35), (12, 6, 0.8), (30, 6, 2.0), (100, 6, 0.5)]
)
def test_distances_equal_the_loop_over_images(k1, k2, spread):
    features, _ = blobs(spread=spread)
    graph = jaccard_graph(features, k1, k2)
    np.testing.assert_allclose(dense(graph), slow_jaccard(features, min(k1, 40), k2), atol=1e-5)


def test_distances_are_symmetric_0_to_itself_and_only_overlaps_are_held():
    features, _ = blobs(num=600, spread=0.1)  # more than a block of rows
    graph = jaccard_graph(features, 10, 3)
    full = dense(graph)
    np.testing.assert_allclose(full, full.T, atol=1e-6)
    np.testing.assert_allclose(np.diag(full), 0, atol=1e-6)
    assert graph.nnz < 0.3 * 600**2 and 0 <= graph.data.min() and graph.data.max() < 1


def test_a_limit_leaves_the_same_near_pairs(monkeypatch):
    features, _ = blobs(num=60)
    full = dense(jaccard_graph(features, 8, 3))
    monkeypatch.setattr('mmcl.evaluation.self_paced._OVERLAPS', 200)  # blocks of three rows
    near = jaccard_graph(features, 8, 3, limit=0.6)
    np.testing.assert_allclose(dense(near), np.where(full <= 0.6, full, 1), atol=1e-6)
    assert near.nnz == (full <= 0.6).sum()


def test_equal_images_are_at_distance_0():
    features = F.normalize(torch.randn(3, 8), dim=1).repeat_interleave(5, dim=0)
    full = dense(jaccard_graph(features, 5, 2))
    assert full[:5, :5].max() < 1e-5 and full[0, 5] == 1


def test_dbscan_finds_obvious_groups_and_numbers_the_rest():
    features, truth = blobs(spread=0.05)
    features = torch.block_diag(features, torch.eye(3, dtype=torch.float64))  # three unlike everything
    labels = density_clusters(jaccard_graph(features, 8, 3), eps=0.4)
    assert len(set(zip(labels[:40], truth))) == 5
    assert sorted(labels[40:]) == [5, 6, 7]
    from sklearn.cluster import DBSCAN

    full = dense(jaccard_graph(features, 8, 3))
    expected = DBSCAN(eps=0.4, min_samples=4, metric='precomputed').fit_predict(full)
    assert np.array_equal(np.where(labels < 5, labels, -1), expected)


def slow_reliable(labels, tight, loose, threshold, keep=0.9):
    """The authors' rule, with sets."""
    num = len(labels)

    def score(other):
        scores = []
        for i in range(num):
            a = {j for j in range(num) if labels[j] == labels[i]}
            b = {j for j in range(num) if other[j] == other[i]}
            scores.append(1 - len(a & b) / len(a | b))
        return np.array(scores)

    comp, indep = score(tight), score(loose)
    clusters = {c: [i for i in range(num) if labels[i] == c] for c in set(labels.tolist())}
    if threshold is None:
        scores = sorted(min(indep[i] for i in members) for members in clusters.values() if len(members) > 1)
        threshold = scores[min(len(scores) - 1, int(np.round(len(scores) * keep)))]
    kept = [
        min(indep[j] for j in clusters[labels[i]]) <= threshold
        and comp[i] <= min(comp[j] for j in clusters[labels[i]])
        for i in range(num)
    ]
    return kept, threshold, comp, indep


@pytest.mark.parametrize('seed', range(4))
def test_reliable_clusters_equal_the_authors_rule(seed):
    random = np.random.default_rng(seed)
    labels, tight, loose = (random.integers(n, size=30) for n in (6, 9, 4))
    first = reliable_clusters(labels, tight, loose, keep=0.5)
    kept, threshold, comp, indep = slow_reliable(labels, tight, loose, None, keep=0.5)
    np.testing.assert_allclose(first.compactness, comp)
    np.testing.assert_allclose(first.independence, indep)
    assert first.threshold == pytest.approx(threshold)
    for i in range(30):
        for j in range(30):
            together = i == j or (kept[i] and kept[j] and labels[i] == labels[j])
            assert (first.labels[i] == first.labels[j]) == together
    later = reliable_clusters(labels, tight, loose, threshold=0.3)
    assert later.threshold == 0.3
    alone = np.bincount(later.labels)[later.labels] == 1
    expected = slow_reliable(labels, tight, loose, 0.3)[0]
    assert all(alone[i] or expected[i] for i in range(30))


def test_with_equal_criteria_everything_is_kept():
    labels = np.array([0, 0, 1, 1, 1, 2, 3])
    found = reliable_clusters(labels, labels, labels)
    assert np.array_equal(found.labels, labels) and found.threshold == 0
    assert not found.compactness.any() and not found.independence.any()


def test_a_cluster_that_a_looser_criterion_merges_is_dropped():
    labels, loose = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 0, 1, 1, 1, 1])
    found = reliable_clusters(labels, labels, loose, threshold=0.0)
    assert found.labels[0] == found.labels[1] and len(set(found.labels[2:])) == 4


def test_images_that_a_tighter_criterion_takes_out_stand_alone():
    labels, tight = np.zeros(5, dtype=np.int64), np.array([0, 0, 0, 1, 2])
    found = reliable_clusters(labels, tight, labels)
    assert len(set(found.labels[:3])) == 1 and len(set(found.labels)) == 3


def test_without_any_cluster_there_is_no_threshold_yet():
    labels = np.arange(4)
    found = reliable_clusters(labels, labels, labels)
    assert np.isnan(found.threshold) and len(set(found.labels)) == 4
