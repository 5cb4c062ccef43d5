"""i-Mix on each of its base methods: soft labels, and the base method where nothing is mixed."""

import copy

import pytest
import torch
import torch.nn.functional as F

from mmcl.models.policies import CutMixViews, MixupViews
from mmcl.structures import mixture
from tests.test_models.tiny import QUEUE, batch, build, total

KEY = dict(type='BatchNegatives', views='key')
MIXED = dict(positives=dict(type='MixedPositives'), pairs=[(2, 1)])
# base method -> what makes it i-Mix, and what its base is
CASES = dict(
    simclr=dict(negatives=KEY),
    moco=dict(negatives=[dict(type='QueueNegatives'), KEY]),
    byol={},
    simsiam={},
    mocov3=dict(negatives=KEY),
)


def embeddings(name, inputs, **changes):
    learner = build(name, **{**CASES[name], **MIXED, **changes})
    query, key = learner.encoder(learner, inputs, [(2, 1)])
    return query[2], key[1]


def soft_labels(samples):
    share, partner = mixture(samples)
    labels = torch.zeros(len(samples), len(samples), dtype=torch.float64)
    for n in range(len(samples)):
        labels[n, n] += share[n]
        labels[n, partner[n]] += 1 - share[n]
    return labels


@pytest.mark.parametrize('mixing', [MixupViews(), CutMixViews()])
def test_n_pair_is_cross_entropy_with_the_soft_label_matrix(mixing):
    views, samples = batch()
    inputs = mixing(views, samples)
    learner = build('simclr', **CASES['simclr'], **MIXED)
    loss = total(learner.loss(inputs, samples))
    twin = build('simclr', **CASES['simclr'], **MIXED)
    query, key = twin.encoder(twin, inputs, [(2, 1)])
    expected = F.cross_entropy(query[2] @ key[1].T / 0.5, soft_labels(samples))
    assert loss.item() == pytest.approx(expected.item(), rel=1e-9)
    loss.backward()
    expected.backward()
    for (name, p), other in zip(learner.named_parameters(), twin.parameters()):
        torch.testing.assert_close(p.grad, other.grad, rtol=1e-7, atol=1e-9, msg=name)


def test_moco_is_cross_entropy_over_the_keys_of_the_batch_and_the_queue():
    views, samples = batch()
    inputs = MixupViews()(views, samples)
    learner = build('moco', **CASES['moco'], **MIXED)
    queue = learner.memory.read()
    loss = total(learner.loss(inputs, samples))
    q, k = embeddings('moco', inputs)
    logits = q @ torch.cat([k, queue]).T / 0.2
    labels = torch.cat([soft_labels(samples), torch.zeros(6, QUEUE['size'])], dim=1)
    assert loss.item() == pytest.approx(F.cross_entropy(logits, labels).item(), rel=1e-9)
    torch.testing.assert_close(learner.memory.read()[:6], k)  # clean keys are enqueued


def test_byol_is_the_weighted_sum_of_two_byol_losses():
    views, samples = batch()
    inputs = MixupViews()(views, samples)
    loss = total(build('byol', **MIXED).loss(inputs, samples)).item()
    p, k = embeddings('byol', inputs)
    share, partner = mixture(samples)
    expected = sum(
        float(share[n]) * float(((p[n] - k[n]) ** 2).sum())
        + (1 - float(share[n])) * float(((p[n] - k[int(partner[n])]) ** 2).sum())
        for n in range(6)
    )
    assert loss == pytest.approx(expected / 6, rel=1e-9)
    assert 0 <= loss <= 4


@pytest.mark.parametrize('name', CASES)
def test_unmixed_it_is_the_base_method(name):
    views, samples = batch()
    inputs = MixupViews(alpha=0)(views, samples)
    mixed = build(name, **CASES[name], **MIXED)
    base = build(name, **CASES[name], pairs=[(0, 1)])
    losses = [total(mixed.loss(inputs, samples)), total(base.loss(copy.copy(views), samples))]
    assert losses[0].item() == pytest.approx(losses[1].item(), rel=1e-12)
    for loss in losses:
        loss.backward()
    for (parameter, p), other in zip(mixed.named_parameters(), base.parameters()):
        if p.requires_grad:
            torch.testing.assert_close(p.grad, other.grad, rtol=1e-8, atol=1e-10, msg=parameter)


@pytest.mark.parametrize('name', CASES)
def test_both_directions_are_two_more_views(name):
    views, samples = batch()
    inputs = MixupViews(views=(0, 1))(views, samples)
    learner = build(name, **CASES[name], positives=MIXED['positives'], pairs=[(2, 1), (3, 0)])
    losses = learner.loss(inputs, samples)
    assert {'loss_2to1', 'loss_3to0'} <= set(losses) and total(losses).isfinite()
