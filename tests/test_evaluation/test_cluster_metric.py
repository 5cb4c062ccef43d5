"""Clusters against classes."""

import itertools
import math
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from mmcl.engine.clusters import assign_all
from mmcl.engine.extract import extract, extraction_loader
from mmcl.engine.hooks import ClusterAssignmentHook
from mmcl.evaluation import ClusterMetric, agreement, kmeans
from mmcl.utils.errors import InputError
from tests.test_evaluation.tiny import NUM_CLASSES, BlobImages, PixelLearner
from tests.test_models.tiny import batch, build, clusterings


def entropy(values):
    counts = Counter(values).values()
    return -sum(c / len(values) * math.log(c / len(values)) for c in counts)


def slow_agreement(clusters, labels):
    """NMI from entropies, the Rand index over all pairs, accuracy over all matchings."""
    joint = entropy(list(zip(clusters, labels)))
    information = entropy(clusters) + entropy(labels) - joint
    nmi = 2 * information / (entropy(clusters) + entropy(labels))
    pairs = list(itertools.combinations(range(len(labels)), 2))
    same_c, same_l = ([values[i] == values[j] for i, j in pairs] for values in (clusters, labels))
    both, by_c, by_l = sum(a and b for a, b in zip(same_c, same_l)), sum(same_c), sum(same_l)
    chance = by_c * by_l / len(pairs)
    ari = (both - chance) / ((by_c + by_l) / 2 - chance)
    names, classes = sorted(set(clusters)), sorted(set(labels))
    padded = names + [None] * max(len(classes) - len(names), 0)
    best = max(
        sum(dict(zip(order, classes)).get(c) == label for c, label in zip(clusters, labels))
        for order in itertools.permutations(padded, len(classes))
    )
    return dict(nmi=100 * nmi, ari=100 * ari, acc=100 * best / len(labels))


@pytest.mark.parametrize('k, classes', [(3, 3), (5, 3), (2, 4)])
def test_agreement_matches_entropies_pairs_and_matchings(k, classes):
    random = np.random.default_rng(k)
    labels = random.integers(classes, size=30)
    clusters = np.where(random.random(30) < 0.6, labels % k, random.integers(k, size=30))
    found = agreement(clusters, labels)
    for name, value in slow_agreement(clusters.tolist(), labels.tolist()).items():
        assert found[name] == pytest.approx(value, abs=1e-9)


def test_renamed_classes_agree_completely_and_random_clusters_by_chance():
    labels = np.arange(600) % 6
    found = agreement((labels * 7 + 3) % 11, labels)
    assert all(value == pytest.approx(100) for value in found.values())
    random = agreement(np.random.default_rng(0).integers(50, size=600), labels)
    assert abs(random['ami']) < 4 and abs(random['ari']) < 4 and random['nmi'] > 6  # which NMI hides


def evaluated(runner, metric):
    """Feed and evaluate, as a runner does."""
    loop = SimpleNamespace(
        evaluator=SimpleNamespace(metrics=[metric]), dataloader=extraction_loader(BlobImages(90, noise=5), 16)
    )
    runner.val_loop = loop
    ClusterAssignmentHook().before_val_epoch(runner)
    return metric.evaluate(90)


def make_runner(known=True):
    learner = PixelLearner((NUM_CLASSES, 9))
    learner.assign = lambda images: learner.clusters.assign(learner.features(images))
    messages = []
    return SimpleNamespace(model=learner, logger=SimpleNamespace(info=messages.append), messages=messages)


def test_each_clustering_is_compared_with_the_classes_of_the_evaluations_images():
    runner = make_runner()
    assert evaluated(runner, ClusterMetric()) == {} and 'no clusters' in runner.messages[0]
    learner, loader = runner.model, extraction_loader(BlobImages(90, noise=5), 16)
    features, labels, seen = extract(learner, loader, learner.features)
    levels = clusterings(90, (NUM_CLASSES, 9), dim=features.shape[1])
    for level, k in zip(levels, (NUM_CLASSES, 9)):
        level.centroids = torch.nn.functional.normalize(kmeans(features, k, nredo=5).centroids, dim=1)
    learner.clusters.update(levels, epoch=0)
    metric = ClusterMetric()
    found = evaluated(runner, metric)
    assert found['cluster/acc_0'] == found['cluster/nmi_0'] == pytest.approx(100)
    assert found['cluster/acc_1'] < 100 and len(found) == 8
    assert metric.protocol['clusters_used'] == [NUM_CLASSES, 9]
    again = assign_all(learner, loader)
    nearest = (features @ levels[1].centroids.T).argmax(dim=1)
    assert torch.equal(again.clusters[:, 1], nearest) and torch.equal(again.labels, labels)
    assert torch.allclose(again.confidence[:, 1], (features * levels[1].centroids[nearest]).sum(1), atol=1e-6)


def test_images_without_a_class_are_left_out():
    metric = ClusterMetric()
    metric.set_clusters(torch.tensor([[0], [1], [1], [0]]), torch.tensor([2, 5, 5, -1]))
    assert metric.evaluate(4)['cluster/acc'] == pytest.approx(100)
    metric.set_clusters(torch.tensor([[0], [1]]), torch.tensor([-1, -1]))
    assert metric.evaluate(2) == {}


def test_a_tree_assigns_ancestors():
    learner = build('hcsc')
    levels = clusterings(8, (5, 3), tree=True)
    learner.clusters.update(levels, epoch=0)
    images = batch(num=6)[0][0]
    clusters, cosines = learner.assign(images)
    embeddings = learner.embed(images)
    assert torch.equal(clusters[:, 0], (embeddings @ levels[0].centroids.double().T).argmax(dim=1))
    assert torch.equal(clusters[:, 1], levels[0].parents[clusters[:, 0]])
    own = levels[1].centroids[clusters[:, 1]].double()
    assert torch.allclose(cosines[:, 1], (embeddings * own).sum(dim=1))


@pytest.mark.parametrize('name, count', [('pcl', 2), ('deepcluster_v2', 3), ('swav', 1)])
def test_every_method_with_prototypes_takes_the_nearest(name, count):
    learner = build(name).eval()
    if hasattr(learner, 'clusters'):
        learner.clusters.update(clusterings(8, learner.clusters.num_clusters), epoch=0)
        prototypes = [level.centroids.double() for level in learner.clusters]
    else:
        prototypes = [torch.nn.functional.normalize(learner.head.prototypes.weight, dim=1)]
    images = batch(num=6)[0][0]
    clusters, cosines = learner.assign(images)
    scores = [learner.embed(images) @ each.T for each in prototypes]
    assert clusters.shape == (6, count)
    assert torch.equal(clusters, torch.stack([score.argmax(dim=1) for score in scores], dim=1))
    assert torch.allclose(cosines, torch.stack([score.amax(dim=1) for score in scores], dim=1))


def test_a_method_without_clusters_is_refused():
    with pytest.raises(InputError, match='A MoCo.*tools/analysis/clusters.py --k'):
        assign_all(build('moco'), None)
