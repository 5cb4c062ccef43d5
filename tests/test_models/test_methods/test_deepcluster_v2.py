"""DeepCluster-v2."""

import math

import pytest
import torch
import torch.nn.functional as F

from mmcl.utils.errors import InputError
from tests.test_models.tiny import batch, build, clusterings, total

NUM = 8


def clustered(num_views=3, **changes):
    learner = build('deepcluster_v2', num_views=num_views, **changes)
    learner.memory.banks.apply(
        lambda bank: bank.size_to_dataset(NUM) if hasattr(bank, 'size_to_dataset') else None
    )
    levels = clusterings(NUM, (5, 4, 6))
    learner.clusters.update(levels, epoch=0)
    return learner, levels


def test_loss_matches_a_loop_over_crops_clusterings_and_images():
    learner, levels = clustered()
    inputs, samples = batch(num=4, views=3)
    inputs[2] = inputs[2][..., :6, :6]  # a small crop
    z, _ = learner.encoder(learner, inputs, learner.pairs)
    losses = learner.loss(inputs, samples)
    expected = 0.0
    for level in levels:
        for view in range(3):
            for n in range(4):
                logits = [float(z[view][n] @ c.double()) / 0.1 for c in level.centroids]
                expected += math.log(sum(map(math.exp, logits))) - logits[int(level.assignments[n])]
    assert total(losses).item() == pytest.approx(expected / (3 * 3 * 4), abs=1e-6)


def test_banks_remember_the_large_crops_and_only_of_the_images_of_the_step():
    learner, _ = clustered()
    before = [bank.read().clone() for bank in learner.memory.banks]
    inputs, samples = batch(num=3, views=3, start=2)
    _, keys = learner.encoder(learner, inputs, learner.pairs)
    learner.loss(inputs, samples)
    for view, (bank, old) in enumerate(zip(learner.memory.banks, before)):
        assert torch.allclose(bank.read()[2:5].double(), keys[view], atol=1e-6)
        assert torch.equal(bank.read()[5:], old[5:]) and torch.equal(bank.read()[:2], old[:2])


def test_prototypes_are_no_parameters_and_all_of_the_network_learns():
    learner, levels = clustered()
    assert not [name for name, _ in learner.named_parameters() if 'clusters' in name or 'memory' in name]
    inputs, samples = batch(num=4, views=3)
    total(learner.loss(inputs, samples)).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in learner.parameters())
    assert torch.equal(learner.clusters[1].centroids, levels[1].centroids)


def test_an_image_without_cluster_takes_no_part():
    learner, levels = clustered()
    inputs, samples = batch(num=4, views=3)
    whole, _ = learner.encoder(learner, inputs, learner.pairs)
    for level in levels:
        level.assignments[1] = -1
    learner.clusters.update(levels, epoch=1)
    losses = learner.loss(inputs, samples)
    kept = [0, 2, 3]
    expected = [
        F.cross_entropy(whole[v][kept] @ level.centroids.double().T / 0.1, level.assignments[kept])
        for v in range(3)
        for level in levels
    ]
    assert total(losses).item() == pytest.approx(torch.stack(expected).mean().item(), abs=1e-6)


def test_without_clusters_it_says_which_hook_is_missing():
    learner = build('deepcluster_v2')
    inputs, samples = batch(num=4, views=3)
    with pytest.raises(InputError, match='BankClusteringHook'):
        learner.loss(inputs, samples)
