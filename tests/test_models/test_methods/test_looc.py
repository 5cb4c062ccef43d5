"""LooC."""

import copy
import math

import pytest
import torch
import torch.nn.functional as F

from mmcl.models.policies import Step
from mmcl.utils.errors import InputError
from tests.test_models.tiny import NECK, batch, build, total

T = 0.2


def embeddings(learner, views):
    """The query and the keys of each space, (N, 8) each: q[s], k[j][s]."""
    pooled = [learner.backbone(view)[-1].mean(dim=(2, 3)) for view in views]
    z = [[F.normalize(neck(x), dim=1) for neck in learner.neck.necks] for x in pooled]
    return z[0], z[1:]  # the target is a copy before the first update


def infonce(anchor, positive, negatives):
    """One anchor's loss, a number at a time."""
    scores = [math.exp(float(anchor @ other) / T) for other in (positive, *negatives)]
    return -math.log(scores[0] / sum(scores))


def slow(q, k, queues, siblings=True):
    """L_0 .. L_n of the paper, each the mean over images."""
    n, num, losses = len(k) - 1, len(q[0]), []
    for space in range(n + 1):
        value = 0.0
        for i in range(num):
            if space == 0:
                value += sum(infonce(q[0][i], k[j][0][i], queues[0]) for j in range(n + 1))
            else:
                others = [k[j][space][i] for j in range(n + 1) if j != space] if siblings else []
                value += infonce(q[space][i], k[space][space][i], [*others, *queues[space]])
        losses.append(value / num)
    return losses


@pytest.mark.parametrize('num_left_out', [1, 2])
def test_loss_is_the_papers_sum_over_spaces(num_left_out):
    spaces = num_left_out + 1
    learner = build(
        'looc',
        num_left_out=num_left_out,
        neck=dict(type='SpaceNecks', necks=[NECK] * spaces),
        memory=dict(type='SpaceQueues', num_spaces=spaces, size=20, dim=8),
    )
    views, samples = batch(views=spaces + 1)
    queues = [queue.read() for queue in learner.memory.queues]
    q, k = embeddings(learner, views)
    expected = sum(slow(q, k, queues)) / spaces
    assert total(learner.loss(views, samples)).item() == pytest.approx(expected, abs=1e-6)


def test_negatives_of_the_same_image_raise_the_loss_of_their_space():
    learner = build('looc')
    views, samples = batch(views=4)
    queues = [queue.read() for queue in learner.memory.queues]
    q, k = embeddings(learner, views)
    with_siblings, without = (slow(q, k, queues, siblings) for siblings in (True, False))
    assert with_siblings[0] == without[0]
    assert all(a > b for a, b in zip(with_siblings[1:], without[1:]))


def test_nothing_left_out_is_moco():
    inputs, samples = batch()
    none = dict(
        num_left_out=0,
        neck=dict(type='SpaceNecks', necks=[NECK]),
        memory=dict(type='SpaceQueues', num_spaces=1, size=20, dim=8),
    )
    learner, moco = build('looc', **none), build('moco')
    for _ in range(2):
        losses, expected = total(learner.loss(inputs, samples)), total(moco.loss(inputs, samples))
        assert losses.item() == pytest.approx(expected.item(), rel=1e-12)
        losses.backward()
        expected.backward()
        for mine, theirs in zip(learner.parameters(), moco.parameters(), strict=True):
            assert (mine.grad is None) == (theirs.grad is None)
            assert mine.grad is None or torch.allclose(mine.grad, theirs.grad, atol=1e-12, rtol=1e-9)
        assert torch.allclose(learner.memory[0].read(), moco.memory.read())


def test_a_spaces_loss_moves_no_other_spaces_head():
    learner = build('looc')
    views, samples = batch(views=4)
    query, key = learner.encoder(learner, views, learner.pairs)
    step = Step(query, key, samples, learner.memory, pair=(0, 3))
    for space in range(3):
        learner.zero_grad()
        learner.head(learner.contrast(learner.in_space(step, space)))['loss'].backward(retain_graph=True)
        moved = [neck.layers[0].weight.grad.abs().max() > 0 for neck in learner.neck.necks]
        assert moved == [other == space for other in range(3)]


def test_each_queue_gets_the_key_of_its_space_after_the_loss():
    learner = build('looc')
    views, samples = batch(views=4)
    before = [queue.read() for queue in learner.memory.queues]
    _, k = embeddings(copy.deepcopy(learner), views)
    learner.loss(views, samples)
    for space, queue in enumerate(learner.memory.queues):
        assert torch.allclose(queue.read()[:6], k[space][space].detach(), atol=1e-6)
        assert torch.equal(queue.read()[6:], before[space][6:]) and int(queue.pointer) == 6
    assert not any(queue.read().requires_grad for queue in learner.memory.queues)


def test_the_target_has_heads_of_its_own_without_gradient():
    learner = build('looc')
    views, samples = batch(views=4)
    total(learner.loss(views, samples)).backward()
    assert len(learner.encoder.target['neck'].necks) == 3
    assert all(p.grad is None for p in learner.encoder.target.parameters())
    assert all(p.grad is not None for p in learner.neck.parameters())


def test_looc_reads_the_backbone_and_looc_plus_plus_all_spaces():
    (images,), _ = batch(views=1)
    plain, hidden, embedding = (
        build('looc', features_from=source).eval() for source in ('backbone', 'hidden', 'embedding')
    )
    pooled = plain.backbone(images)[-1].mean(dim=(2, 3))
    necks = plain.neck.necks
    assert torch.allclose(plain.features(images), F.normalize(pooled, dim=1))
    layers = torch.cat([neck.layers[:3](pooled) for neck in necks], dim=1)
    assert torch.allclose(hidden.features(images), F.normalize(layers, dim=1))
    z = torch.cat([F.normalize(neck(pooled), dim=1) for neck in necks], dim=1)
    found = embedding.features(images)
    assert found.shape == (6, 24)
    order = found.view(6, 8, 3).transpose(1, 2).flatten(1)  # spaces side by side, another order of columns
    assert torch.allclose(order, z / 3**0.5)
    assert torch.allclose(plain.embed(images), found)  # the target is a copy still


@pytest.mark.parametrize(
    'changes, word',
    [
        (dict(num_left_out=-1), 'num_left_out'),
        (dict(num_left_out=1), 'model.neck'),
        (dict(memory=dict(type='SpaceQueues', num_spaces=2, size=20, dim=8)), 'model.memory'),
        (dict(memory=dict(type='SpaceQueues', num_spaces=0, size=20, dim=8)), 'num_spaces'),
        (dict(neck=NECK), 'model.neck'),
        (dict(features_from='head'), 'features_from'),
    ],
)
def test_bad_values_get_a_sentence(changes, word):
    with pytest.raises(InputError, match=word):
        build('looc', **changes)


def test_too_few_views_get_a_sentence():
    inputs, samples = batch(views=2)
    with pytest.raises(InputError, match='given 2 view'):
        build('looc').loss(inputs, samples)
