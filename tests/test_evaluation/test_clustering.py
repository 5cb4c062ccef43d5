"""k-means engines and PCL's concentration."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mmcl.evaluation import clustering
from mmcl.evaluation.clustering import KMeans, concentration, kmeans, to_prototypes
from mmcl.utils.errors import InputError

ENGINES = ['faiss', 'torch']


def blobs(num=120, k=4, dim=6, spread=0.05):
    centres = torch.eye(dim)[:k]
    truth = torch.arange(num) % k
    return F.normalize(centres[truth] + spread * torch.randn(num, dim), dim=1), truth


@pytest.mark.parametrize('engine', ENGINES)
def test_kmeans_separates_obvious_blobs(engine):
    features, truth = blobs()
    found = kmeans(features, 4, engine=engine, nredo=5)
    pairs = {(int(a), int(b)) for a, b in zip(found.assignments, truth)}
    assert len(pairs) == 4  # one cluster a blob, one blob a cluster
    for cluster, blob in pairs:
        assert torch.allclose(found.centroids[cluster], features[truth == blob].mean(0), atol=1e-5)


@pytest.mark.parametrize('engine', ENGINES)
def test_every_row_has_its_nearest_centroid_and_squared_distance(engine, monkeypatch):
    monkeypatch.setattr(clustering, '_TILE', 100)
    features = F.normalize(torch.randn(300, 5), dim=1)
    found = kmeans(features, 12, engine=engine)
    distances = torch.cdist(features.double(), found.centroids.double()).square()
    assert torch.allclose(found.squared_distances.double(), distances.min(1).values, atol=1e-6)
    picked = distances.gather(1, found.assignments[:, None])[:, 0]
    assert torch.allclose(picked, distances.min(1).values, atol=1e-6)


def test_engines_agree_in_inertia():
    features = F.normalize(torch.randn(600, 8), dim=1)
    inertia = [float(kmeans(features, 20, engine=e, nredo=3).squared_distances.sum()) for e in ENGINES]
    assert inertia[0] == pytest.approx(inertia[1], rel=0.03)


@pytest.mark.parametrize('engine', ENGINES)
def test_same_seed_gives_the_same_clusters_and_torch_keeps_its_random_state(engine):
    features = torch.randn(200, 4)
    state = torch.get_rng_state()
    first, second = (kmeans(features, 9, seed=5, engine=engine) for _ in range(2))
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(first.assignments, second.assignments)
    assert torch.equal(first.centroids, second.centroids)
    assert not torch.equal(first.centroids, kmeans(features, 9, seed=6, engine=engine).centroids)


@pytest.mark.parametrize('engine', ENGINES)
def test_more_redos_never_cost_more(engine):
    features = torch.randn(150, 3)
    one, best = (kmeans(features, 15, engine=engine, nredo=n).squared_distances.sum() for n in (1, 6))
    assert best <= one + 1e-4


@pytest.mark.parametrize('engine', ENGINES)
def test_fewer_different_rows_than_clusters_leaves_no_nan(engine):
    features = torch.eye(3).repeat(10, 1)
    found = kmeans(features, 8, engine=engine)
    assert found.centroids.isfinite().all()
    assert (found.squared_distances < 1e-4).all()
    level = to_prototypes(found, torch.ones(30, dtype=torch.bool), temperature=0.2)
    assert level.centroids.isfinite().all() and level.density.isfinite().all()


def test_torch_engine_refills_empty_clusters():
    features, _ = blobs(k=2)
    means = clustering._means(features, torch.zeros(len(features), dtype=torch.int64), torch.ones(3, 6))
    assert len(means.unique(dim=0)) == 3
    assert torch.allclose(means[0], features.mean(0), atol=1e-2)


@pytest.mark.parametrize('engine', ENGINES)
def test_centroids_can_be_trained_on_a_part_of_the_rows(engine):
    features, truth = blobs(num=400)
    found = kmeans(features, 4, engine=engine, nredo=5, max_points_per_centroid=10)
    assert len(set(zip(found.assignments.tolist(), truth.tolist()))) == 4


def slow_concentration(distances, assignments, k, alpha, temperature):
    """The authors' code, rewritten as loops: sqrt, fill, clip, rescale."""
    phi = []
    for cluster in range(k):
        members = [math.sqrt(d) for d, a in zip(distances, assignments) if a == cluster]
        phi.append(sum(members) / (len(members) * math.log(len(members) + alpha)) if len(members) > 1 else 0)
    sizes = [list(assignments).count(cluster) for cluster in range(k)]
    phi = np.array([p if size > 1 else max(phi) for p, size in zip(phi, sizes)])
    phi = phi.clip(np.percentile(phi, 10), np.percentile(phi, 90))
    return temperature * phi / phi.mean()


def test_concentration_matches_naive_loop_and_has_mean_tau():
    k = 30
    assignments = torch.randint(k - 2, (200,))  # the last two clusters are empty
    assignments[assignments == 3] = 4
    assignments[0] = 3  # a singleton
    distances = torch.rand(200)
    phi = concentration(distances, assignments, k, alpha=10, temperature=0.17)
    expected = slow_concentration(distances.tolist(), assignments.tolist(), k, 10, 0.17)
    assert np.allclose(phi, expected, atol=1e-6)
    assert float(phi.mean()) == pytest.approx(0.17, rel=1e-6)
    assert phi[3] == phi[k - 1] == phi.max()


def test_concentration_of_a_collapsed_network_is_tau():
    phi = concentration(torch.zeros(10), torch.arange(10) % 2, 2, temperature=0.2)
    assert torch.allclose(phi, torch.full((2,), 0.2))


def test_prototypes_are_unit_length_and_unreadable_images_have_none():
    seen = torch.tensor([True, False, True, True])
    found = KMeans(
        torch.tensor([1, 0, 1]), torch.tensor([[0.0, 3.0], [0.5, 0.0]]), torch.tensor([0.1, 0.0, 0.2])
    )
    level = to_prototypes(found, seen, temperature=0.2)
    assert level.assignments.tolist() == [1, -1, 0, 1]
    assert level.centroids.tolist() == [[0, 1], [1, 0]]


def test_bad_input_is_refused_with_its_value():
    features = torch.randn(5, 3)
    with pytest.raises(InputError, match='k=6 clusters of 5 images'):
        kmeans(features, 6)
    with pytest.raises(InputError, match="engine='sklearn'"):
        kmeans(features, 2, engine='sklearn')
    features[2, 1] = float('nan')
    with pytest.raises(InputError, match='NaN'):
        kmeans(features, 2)


def test_without_faiss_auto_takes_torch_and_faiss_says_what_to_install(monkeypatch):
    monkeypatch.setattr(clustering.importlib.util, 'find_spec', lambda name: None)
    assert clustering.choose_engine('auto', on_device=False) == 'torch'
    with pytest.raises(InputError, match='pip install faiss-cpu'):
        clustering.choose_engine('faiss', on_device=False)
