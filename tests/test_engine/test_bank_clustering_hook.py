"""The hook that clusters the memory bank before an epoch."""

import copy

import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook

from mmcl.engine.hooks import BankClusteringHook
from mmcl.engine.runner import ContrastiveRunner
from mmcl.evaluation import kmeans
from mmcl.evaluation.clustering import spherical_centroids
from mmcl.utils.cli import load_config
from mmcl.utils.errors import InputError
from tests import shrink
from tests.test_evaluation.test_clustering import blobs


def slow_spherical(features, k, seed, niter):
    """A turn, a row and a centroid at a time."""
    first = torch.randperm(len(features), generator=torch.Generator().manual_seed(seed))[:k]
    centroids = [features[i].clone() for i in first]
    for _ in range(niter):
        own = [max(range(k), key=lambda c, row=row: float(row @ centroids[c])) for row in features]
        for c in range(k):
            members = [row for row, cluster in zip(features, own) if cluster == c]
            if members:
                mean = sum(members) / len(members)
                centroids[c] = mean / mean.norm()
    return torch.stack(centroids)


def test_spherical_kmeans_matches_a_loop():
    features = torch.nn.functional.normalize(torch.randn(40, 5), dim=1)
    found = spherical_centroids(features, 6, seed=3, niter=4)
    assert torch.allclose(found, slow_spherical(features, 6, 3, 4), atol=1e-5)
    assert torch.allclose(found.norm(dim=1), torch.ones(6), atol=1e-6)


def test_spherical_kmeans_keeps_a_centroid_without_rows_and_refuses_too_many():
    features = torch.eye(3).repeat(4, 1)
    found = spherical_centroids(features, 12)  # all rows are centroids; the first of equal ones gets all
    assert found.isfinite().all() and {tuple(row) for row in found.tolist()} == {
        tuple(row) for row in torch.eye(3).tolist()
    }
    with pytest.raises(InputError, match='k=13 clusters of 12 images'):
        spherical_centroids(features, 13)


def test_spherical_kmeans_separates_obvious_blobs():
    features, truth = blobs()
    centroids = spherical_centroids(features, 4, seed=1, niter=10)
    found = (features @ centroids.T).argmax(dim=1)
    agree = kmeans(features, 4, nredo=5).assignments
    assert len(set(zip(found.tolist(), truth.tolist()))) <= len(set(zip(agree.tolist(), truth.tolist()))) + 2


class _Look(Hook):
    """Notes banks and clusters before each epoch's first batch, and running statistics around the first clustering."""

    priority = 'LOWEST'

    def __init__(self):
        self.seen, self.statistics = [], []

    def before_train(self, runner):
        self.statistics.append(self._running(runner))

    def before_train_epoch(self, runner):
        self.statistics.append(self._running(runner))
        learner = runner.model
        self.seen.append(
            copy.deepcopy(dict(memory=learner.memory.state_dict(), clusters=learner.clusters.state_dict()))
        )

    @staticmethod
    def _running(runner):
        return {k: v.clone() for k, v in runner.model.state_dict().items() if 'running' in k}


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp('deepcluster')
    cfg = load_config('configs/deepcluster_v2/r18w16_3e_fmnist.py')
    shrink.shrink(cfg, shrink.fashion_mnist(folder / 'data', 24), str(folder / 'work'), epochs=2)
    cfg.val_dataloader = cfg.val_cfg = cfg.val_evaluator = None
    cfg.test_dataloader = cfg.test_cfg = cfg.test_evaluator = None
    cfg.custom_hooks = []
    runner, look = ContrastiveRunner.from_cfg(Config(cfg.to_dict())), _Look()
    runner.register_hook(look)
    runner.train()
    return look


def test_clusterings_are_of_the_banks_in_turns(trained):
    for state in trained.seen:
        for number in range(3):
            rows = state['memory'][f'banks.{number % 2}.bank']
            expected = spherical_centroids(rows, state['clusters'][f'centroids_{number}'].shape[0], number)
            assert torch.allclose(state['clusters'][f'centroids_{number}'], expected, atol=1e-6)
            nearest = (rows @ expected.T).argmax(dim=1)
            assert torch.equal(state['clusters'][f'assignments_{number}'], nearest)


def test_the_first_pass_fills_all_rows_of_both_banks_and_moves_no_statistics(trained):
    first, second = trained.seen
    assert first['memory']['banks.0.written'].all() and first['memory']['banks.1.written'].all()
    assert not torch.equal(first['memory']['banks.0.bank'], first['memory']['banks.1.bank'])  # two views
    assert not torch.equal(first['memory']['banks.0.bank'], second['memory']['banks.0.bank'])
    before, after, _ = trained.statistics
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_settings_out_of_range_are_refused():
    with pytest.raises(InputError, match='niter=0'):
        BankClusteringHook(niter=0)
