"""PCL."""

import math

import pytest
import torch
import torch.nn.functional as F

from mmcl.structures import ClusterResult
from tests.test_models.tiny import batch, build, total


def unit(num, dim):
    return F.normalize(torch.randn(num, dim, dtype=torch.float64), dim=1)


def clustered(assignments=(0, 1, 2, 0, 1, 2, 0, 1), k=(3, 5), **changes):
    learner = build('pcl', **changes)
    learner.clusters.size_to_dataset(len(assignments))
    results = [
        ClusterResult(torch.tensor(assignments), unit(n, 8).float(), torch.linspace(0.1, 0.3, n)) for n in k
    ]
    learner.clusters.update(results, epoch=1)
    return learner, results


def test_before_the_first_clustering_pcl_is_moco():
    inputs, samples = batch()
    moco, pcl = build('moco'), build('pcl')
    pcl.load_state_dict({**pcl.state_dict(), **moco.state_dict()})
    ours, theirs = pcl.loss(inputs, samples), moco.loss(inputs, samples)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_prototype_term_matches_a_loop_when_all_prototypes_are_candidates():
    learner, results = clustered(num_negatives=100)
    inputs, samples = batch(num=4)
    losses = learner.loss(inputs, samples)
    q = F.normalize(learner.project(inputs[0]), dim=1)
    expected = 0.0
    for level in results:
        centroids, phi = level.centroids.double(), level.density.double()
        own = level.assignments[
            :4
        ].tolist()  # a prototype of the batch stands once an image, as in the authors' code
        columns = own + [c for c in range(len(centroids)) if c not in own]
        for n in range(4):
            logits = [float(q[n] @ centroids[c]) / float(phi[c]) for c in columns]
            expected += -math.log(math.exp(logits[n]) / sum(map(math.exp, logits))) / 4 / 2
    assert losses['loss_proto'].item() == pytest.approx(expected, abs=1e-6)


def test_one_image_against_all_prototypes_is_softmax_over_cosines():
    learner, _ = clustered(num_negatives=100)
    level = ClusterResult(torch.tensor([2]), unit(5, 8), torch.full((5,), 0.2, dtype=torch.float64))
    anchor = unit(1, 8)
    loss = learner.proto_head(learner.prototype_contrast(level, anchor, torch.tensor([0]), 0))['loss']
    assert loss.item() == pytest.approx(
        F.cross_entropy(anchor @ level.centroids.T / 0.2, torch.tensor([2])).item(), abs=1e-9
    )


def test_drawn_negatives_are_distinct_and_never_a_prototype_of_the_batch():
    learner, _ = clustered(num_negatives=10)
    level = ClusterResult(
        torch.tensor([3, 3, 7, 1]), torch.eye(40, dtype=torch.float64), torch.full((40,), 0.2)
    )
    contrast = learner.prototype_contrast(level, torch.eye(40, dtype=torch.float64)[:4], torch.arange(4), 0)
    drawn = contrast.shared.argmax(dim=1).tolist()
    assert drawn[:4] == [3, 3, 7, 1]
    assert len(set(drawn[4:])) == 10 and not set(drawn[4:]) & {1, 3, 7}


def test_hiding_duplicates_removes_an_images_own_prototype_from_its_negatives_only():
    learner, _ = clustered(num_negatives=100, hide_duplicates=True)
    level = ClusterResult(
        torch.tensor([1, 1, 0]), torch.eye(3, 8, dtype=torch.float64), torch.full((3,), 0.2)
    )
    anchors = unit(3, 8)
    loss = learner.proto_head(learner.prototype_contrast(level, anchors, torch.arange(3), 0))['loss']
    seen = [
        [1, 0, 2],
        [1, 0, 2],
        [0, 1, 1, 2],
    ]  # own prototype first; the third image meets prototype 1 once for each image that has it
    expected = (
        sum(F.cross_entropy(a @ level.centroids[s].T / 0.2, torch.tensor(0)) for a, s in zip(anchors, seen))
        / 3
    )
    assert loss.item() == pytest.approx(expected.item(), abs=1e-7)


def test_an_image_without_cluster_takes_no_part():
    learner, _ = clustered(num_negatives=100)
    level = ClusterResult(
        torch.tensor([1, -1, 0]), torch.eye(3, 8, dtype=torch.float64), torch.full((3,), 0.2)
    )
    contrast = learner.prototype_contrast(level, unit(3, 8), torch.arange(3), 0)
    assert len(contrast.anchors) == 2
    assert contrast.target.tolist() == [0, 1]
    assert len(contrast.shared) == 3


def test_prototypes_and_keys_get_no_gradient_and_queries_do():
    learner, _ = clustered()
    inputs, samples = batch(num=4)
    learner.loss(inputs, samples)['loss_proto'].backward()
    assert all(p.grad is None for p in learner.encoder.target.parameters())
    assert all(p.grad is not None for p in learner.backbone.parameters())


def test_total_is_instance_term_plus_mean_prototype_term():
    inputs, samples = batch(num=4)
    with_clusters, _ = clustered()
    losses = with_clusters.loss(inputs, samples)
    plain = build('pcl').loss(inputs, samples)
    assert losses['loss_0to1'].item() == pytest.approx(plain['loss_0to1'].item(), abs=1e-9)
    assert total(losses).item() == pytest.approx(
        losses['loss_0to1'].item() + losses['loss_proto'].item(), abs=1e-12
    )


def test_in_the_form_of_the_paper_each_image_sees_its_own_prototype_and_those_of_no_image_of_the_step():
    learner, _ = clustered(num_negatives=None, own_only=True)
    density = torch.linspace(0.1, 0.4, 6, dtype=torch.float64)
    level = ClusterResult(torch.tensor([4, 1, 4, -1]), unit(6, 8), density)
    anchors = unit(4, 8)
    loss = learner.proto_head(learner.prototype_contrast(level, anchors, torch.arange(4), 0))['loss']
    expected = 0.0
    for anchor, own in zip(anchors, [4, 1, 4]):  # the image without a cluster takes no part
        logits = {c: float(anchor @ level.centroids[c]) / float(density[c]) for c in (own, 0, 2, 3, 5)}
        expected += (math.log(sum(map(math.exp, logits.values()))) - logits[own]) / 3
    assert loss.item() == pytest.approx(expected, abs=1e-9)


def test_both_forms_are_one_for_a_single_image():
    level = ClusterResult(torch.tensor([2]), unit(5, 8), torch.linspace(0.1, 0.3, 5, dtype=torch.float64))
    anchor = unit(1, 8)
    code, paper = (
        learner.proto_head(learner.prototype_contrast(level, anchor, torch.tensor([0]), 0))['loss']
        for learner, _ in (clustered(num_negatives=None, own_only=form) for form in (False, True))
    )
    assert code.item() == pytest.approx(paper.item(), abs=1e-12)
