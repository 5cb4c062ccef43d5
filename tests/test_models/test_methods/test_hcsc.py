"""HCSC."""

import math

import pytest
import torch
import torch.nn.functional as F

from mmcl.models import policies
from mmcl.models.methods import hcsc
from mmcl.structures import ContrastSet
from mmcl.utils.errors import InputError
from tests.test_models.tiny import batch, build, clusterings, total

NUM = 8


def clustered(sizes=(5, 3), **changes):
    """A learner with a tree, and the tree in float64."""
    changes.setdefault('clusters', dict(type='ClusterTree', num_clusters=list(sizes)))
    learner = build('hcsc', **changes)
    learner.clusters.size_to_dataset(NUM)
    levels = clusterings(NUM, sizes, tree=True)
    learner.clusters.update(levels, epoch=1)
    return learner, levels


def embeddings(learner, inputs):
    """Unit-length queries and keys, computed apart."""
    state = {name: value.clone() for name, value in learner.state_dict().items()}
    q = [F.normalize(learner.project(view), dim=1).detach() for view in inputs]
    k = F.normalize(learner.project(inputs[1]), dim=1).detach()  # the target is a copy
    learner.load_state_dict(state)
    return q, k


def keep_all(monkeypatch):
    monkeypatch.setattr(hcsc, 'drop', lambda keep, index, name: torch.zeros_like(keep, dtype=torch.bool))


def record_draws(monkeypatch):
    drawn = {}

    def drop(keep, index, name):
        drawn[name] = policies.drop(keep, index, name)
        return drawn[name]

    monkeypatch.setattr(hcsc, 'drop', drop)
    return drawn


def softmax(logits):
    total = sum(map(math.exp, logits))
    return [math.exp(logit) / total for logit in logits]


def slow_loss(q, k, queue, levels, temperature, dropped_keys, dropped_prototypes, zero=False):
    """Instance terms of each level and prototype terms of each level, an image and a candidate at a time."""
    instance, prototype = [], []
    for number, level in enumerate(levels):
        own = level.assignments[: len(q)].tolist()
        per_image, per_image_proto = [], []
        for n in range(len(q)):
            logits = [float(q[n] @ k[n]) / temperature]
            for j in range(len(queue)):
                if not dropped_keys[number][n][j]:
                    logits.append(float(q[n] @ queue[j]) / temperature)
                elif zero:
                    logits.append(0.0)
            per_image.append(-math.log(softmax(logits)[0]))
            density = level.density.double()
            logits = [float(q[n] @ level.centroids[own[n]].double()) / float(density[own[n]])]
            for c in set(range(len(level.centroids))) - set(own):
                if number == len(levels) - 1 or not dropped_prototypes[number][n][c]:
                    logits.append(float(q[n] @ level.centroids[c].double()) / float(density[c]))
                elif zero:
                    logits.append(0.0)
            per_image_proto.append(-math.log(softmax(logits)[0]))
        instance.append(sum(per_image) / len(q))
        prototype.append(sum(per_image_proto) / len(q))
    return instance, prototype


@pytest.mark.parametrize('zero', [False, True])
@pytest.mark.parametrize('mean_levels', [False, True])
def test_both_terms_match_loops_over_what_is_kept(zero, mean_levels, monkeypatch):
    head = dict(type='ZeroMaskHead' if zero else 'ContrastiveHead', temperature=0.2)
    learner, levels = clustered((6, 4, 3), head=head, proto_head=head, mean_levels=mean_levels)
    drawn = record_draws(monkeypatch)
    inputs, samples = batch(num=4)
    (q, _), k = embeddings(learner, inputs)
    queue = learner.memory.read()
    losses = learner.loss(inputs, samples)
    keys = [drawn[f'keys {i}'] for i in range(3)]
    prototypes = [drawn[f'prototypes {i} of 0'] for i in range(2)]
    assert any(each.any() for each in keys) and any(each.any() for each in prototypes)
    instance, prototype = slow_loss(q, k, queue, levels, 0.2, keys, prototypes, zero)
    assert losses['loss_0to1'].item() == pytest.approx(sum(instance) / (3 if mean_levels else 1), abs=1e-6)
    assert losses['loss_proto'].item() == pytest.approx(sum(prototype) / 3, abs=1e-6)


@pytest.mark.parametrize('zero', [False, True])
def test_gradient_is_that_of_the_whole_softmax(zero):
    head = dict(type='ZeroMaskHead' if zero else 'ContrastiveHead', temperature=0.2)
    head = build('hcsc', head=head).head
    q, own, shared = (F.normalize(torch.randn(n, 5).double(), dim=1).requires_grad_() for n in (3, 3, 6))
    hidden = torch.tensor([[1, -1], [5, 2], [-1, -1]])
    loss = head(ContrastSet(q, own[:, None], shared, hidden=hidden))['loss']
    logits = torch.cat([(q * own).sum(1, keepdim=True), q @ shared.T], dim=1) / 0.2
    for n, c in ((0, 1), (1, 5), (1, 2)):
        logits = logits.index_put(
            (torch.tensor(n), torch.tensor(c + 1)), torch.tensor(0.0 if zero else -torch.inf).double()
        )
    expected = F.cross_entropy(logits, torch.zeros(3, dtype=torch.long))
    assert loss.item() == pytest.approx(expected.item(), abs=1e-12)
    for mine, theirs in zip(*(torch.autograd.grad(x, (q, own, shared)) for x in (loss, expected))):
        assert torch.allclose(mine, theirs, atol=1e-12)


def test_keeping_probabilities_match_loops():
    levels = clusterings(NUM, (6, 4), tree=True)
    keys = F.normalize(torch.randn(7, 8), dim=1)
    keep = policies.keep_instances(keys, levels[0], torch.tensor([2, -1]))
    for j, key in enumerate(keys):
        logits = [float(key @ c) / float(t) for c, t in zip(levels[0].centroids, levels[0].density)]
        assert float(keep[0, j]) == pytest.approx(min(1 - softmax(logits)[2], 0.999), abs=1e-5)
    assert keep[1].tolist() == [1.0] * 7  # an image without a cluster keeps all
    keep = policies.keep_prototypes(*levels, temperature=0.4)
    densities = levels[1].density * 0.4 / levels[1].density.mean()
    for c, centroid in enumerate(levels[0].centroids):
        logits = [float(centroid @ p) / float(t) for p, t in zip(levels[1].centroids, densities)]
        for parent, share in enumerate(softmax(logits)):
            assert float(keep[parent, c]) == pytest.approx(min(max(1 - share, 1e-4), 0.999), abs=1e-5)


def test_a_key_of_the_own_cluster_is_dropped_and_one_of_a_far_cluster_stays():
    (level,) = clusterings(NUM, (5,))
    level.density = torch.full((5,), 0.002)
    level.centroids = F.normalize(torch.eye(5, 8) + 0.1, dim=1)
    keep = policies.keep_instances(level.centroids[[3, 1]], level, torch.tensor([3]))
    assert float(keep[0, 0]) < 1e-6 and float(keep[0, 1]) == pytest.approx(0.999)


def test_draws_have_their_probability_and_depend_on_the_image_alone():
    keep = torch.tensor([0.0, 0.3, 1.0]).repeat(400, 1)
    dropped = policies.drop(keep, torch.arange(400), 'x').float().mean(dim=0)
    assert dropped[0] == 1 and dropped[2] == 0 and abs(float(dropped[1]) - 0.7) < 0.08
    one = policies.drop(keep[:4], torch.tensor([7, 3, 5, 1]), 'x')
    other = policies.drop(keep[:2], torch.tensor([5, 7]), 'x')
    assert torch.equal(one[[2, 0]], other)
    assert not torch.equal(one, policies.drop(keep[:4], torch.tensor([7, 3, 5, 1]), 'y'))


def test_columns_list_what_a_mask_sets():
    mask = torch.tensor([[0, 1, 1, 0], [0, 0, 0, 0], [1, 0, 0, 0]], dtype=torch.bool)
    listed = [{c for c in row if c >= 0} for row in policies.columns(mask).tolist()]
    assert listed == [{1, 2}, set(), {0}]
    assert policies.columns(torch.zeros(0, 4, dtype=torch.bool)).shape == (0, 0)


def test_before_the_first_clustering_hcsc_is_moco():
    inputs, samples = batch()
    moco, learner = build('moco'), build('hcsc')
    learner.load_state_dict({**learner.state_dict(), **moco.state_dict()})
    ours, theirs = learner.loss(inputs, samples), moco.loss(inputs, samples)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


@pytest.mark.parametrize('off', [True, False])
def test_without_selection_one_level_is_pcl_in_the_form_of_its_paper(off, monkeypatch):
    if off:
        learner, levels = clustered((5,), select_instances=False, select_prototypes=False)
    else:
        learner, levels = clustered((5,))
        keep_all(monkeypatch)
    pcl = build(
        'pcl', clusters=dict(type='ClusterMemory', num_clusters=[5]), own_only=True, num_negatives=None
    )
    pcl.clusters.update(levels, epoch=1)
    pcl.load_state_dict(learner.state_dict())
    inputs, samples = batch(num=4)
    ours, theirs = learner.loss(inputs, samples), pcl.loss(inputs, samples)
    assert ours.keys() == theirs.keys()
    for name in ours:
        assert ours[name].item() == pytest.approx(theirs[name].item(), abs=1e-12)


def test_without_anything_dropped_each_level_costs_what_moco_costs(monkeypatch):
    keep_all(monkeypatch)
    inputs, samples = batch(num=4)
    (learner, _), plain = clustered((5, 4, 3)), build('hcsc')
    three = learner.loss(inputs, samples)
    one = plain.loss(inputs, samples)
    assert three['loss_0to1'].item() == pytest.approx(3 * one['loss_0to1'].item(), abs=1e-9)
    assert three['vs_chance'].item() == pytest.approx(one['vs_chance'].item(), rel=1e-6)


@pytest.mark.parametrize('select_local', [True, False])
def test_further_crops_add_their_terms_against_the_same_key(select_local, monkeypatch):
    learner, levels = clustered((5, 3), pairs=[(0, 1), (2, 1), (3, 1)], select_local=select_local)
    drawn = record_draws(monkeypatch)
    inputs, samples = batch(num=4, views=4)
    q, k = embeddings(learner, inputs)
    queue = learner.memory.read()
    losses = learner.loss(inputs, samples)
    assert len(drawn) == 2 + 3  # keys once a level for all crops, prototypes anew for each
    keys, local = [drawn[f'keys {i}'] for i in range(2)], 0.0
    nothing = [torch.zeros_like(each) for each in keys]
    for view in (2, 3):
        dropped = [drawn[f'prototypes 0 of {view}']]
        instance, prototype = slow_loss(
            q[view], k, queue, levels, 0.2, keys if select_local else nothing, dropped
        )
        expected = sum(instance) if select_local else instance[0]
        assert losses[f'loss_{view}to1'].item() == pytest.approx(expected, abs=1e-6)
        local += sum(prototype) / 2
    assert losses['loss_proto_local'].item() == pytest.approx(local, abs=1e-6)
    learner.memory.pointer.zero_()
    learner.memory.queue.copy_(queue)
    learner.remember({1: k}, samples)
    assert torch.allclose(learner.memory.read()[:4], k.float().double(), atol=1e-6)  # one key an image


def test_queries_alone_get_gradient():
    learner, levels = clustered()
    inputs, samples = batch(num=4)
    total(learner.loss(inputs, samples)).backward()
    assert all(p.grad is None for p in learner.encoder.target.parameters())
    assert all(p.grad is not None for p in learner.backbone.parameters())


def test_an_image_without_cluster_takes_part_in_the_instance_term_alone():
    learner, levels = clustered()
    for level in levels:
        level.assignments[:4] = -1
    learner.clusters.update(levels, epoch=2)
    inputs, samples = batch(num=4)
    losses, plain = learner.loss(inputs, samples), build('hcsc').loss(inputs, samples)
    assert 'loss_proto' not in losses
    assert losses['loss_0to1'].item() == pytest.approx(2 * plain['loss_0to1'].item(), abs=1e-9)


def test_clusters_without_a_tree_are_refused():
    with pytest.raises(InputError, match='model.clusters is a ClusterMemory'):
        build('hcsc', clusters=dict(type='ClusterMemory', num_clusters=[5, 3]))


def test_negatives_beside_the_queue_are_refused():
    learner, _ = clustered(negatives=[dict(type='QueueNegatives'), dict(type='BatchNegatives', views='key')])
    inputs, samples = batch(num=4)
    with pytest.raises(InputError, match='24 shared candidates for a queue of 20'):
        learner.loss(inputs, samples)
