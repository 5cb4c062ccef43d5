"""SwAV."""

import pytest
import torch
import torch.nn.functional as F
from mmengine.logging import MessageHub

from mmcl.models.policies import sinkhorn
from tests.test_models.tiny import batch, build, total


def test_loss_is_the_papers_double_sum():
    learner = build('swav', memory=None)
    inputs, samples = batch(views=3)
    value = total(learner.loss(inputs, samples)).item()
    z = F.normalize(learner.project(torch.cat(inputs)), dim=1).chunk(3)
    scores = [x @ F.normalize(learner.head.prototypes.weight, dim=1).T for x in z]
    expected = 0
    for i in (0, 1):
        q = sinkhorn(scores[i])
        for v in {0, 1, 2} - {i}:
            expected += -(q * F.log_softmax(scores[v] / 0.1, dim=1)).sum(1).mean() / 2 / 2
    assert value == pytest.approx(expected.item(), abs=1e-6)


def test_prototypes_are_of_unit_length_before_every_forward_pass():
    learner = build('swav')
    learner.head.prototypes.weight.data.mul_(3)
    learner.loss(*batch(views=3))
    assert torch.allclose(learner.head.prototypes.weight.norm(dim=1), torch.ones(5).double())


def test_small_crops_pass_the_backbone_apart_and_the_neck_together():
    learner = build('swav')
    inputs, _ = batch(views=2, size=16)
    inputs += batch(views=1, size=8, seed=1)[0]
    learner.prepare(inputs, [])
    queries, _ = learner.encoder(learner, inputs, learner.pairs)
    twin = build('swav')
    features = [twin.backbone(torch.cat(inputs[:2]))[-1], twin.backbone(inputs[2])[-1]]
    expected = twin.neck(torch.cat([f.mean(dim=(2, 3)) for f in features]))
    found = torch.cat([queries[v] for v in range(3)])
    torch.testing.assert_close(found, F.normalize(expected, dim=1), rtol=0, atol=1e-6)


def test_equal_scores_cost_ln_of_the_number_of_prototypes():
    learner = build('swav', memory=None)
    learner.head.prototypes.weight.data.copy_(torch.ones(5, 8))
    losses = learner.loss(*batch(views=3))
    assert total(losses).item() == pytest.approx(torch.tensor(5.0).log().item(), abs=1e-6)
    assert losses['vs_chance'].item() == pytest.approx(1, abs=1e-6)


def test_gradient_reaches_network_and_prototypes_but_not_through_codes():
    learner = build('swav')
    for _ in range(3):  # the queue is full
        losses = learner.loss(*batch(views=3))
    total(losses).backward()
    assert all(p.grad is not None for p in learner.parameters())
    twin = build('swav')
    twin.load_state_dict(learner.state_dict())
    assert not twin.memory.read(0).requires_grad


def test_a_full_queue_takes_part_in_the_codes_and_holds_the_last_embeddings():
    learner = build('swav')
    first, second, third = (batch(views=3, seed=seed) for seed in range(3))
    learner.loss(*first)
    assert learner.memory.read(0) is None  # 6 of 12
    learner.loss(*second)
    assert learner.memory.read(1).shape == (12, 8)
    queue = learner.memory.read(0).double()
    learner.head.codes, calls = _spy(learner.head.codes)
    learner.loss(*third)
    (embeddings, given), result = calls[0]
    assert torch.equal(given.double(), queue)
    scores = torch.cat([embeddings, queue]) @ learner.head.prototypes.weight.T
    torch.testing.assert_close(result, sinkhorn(scores)[:6], rtol=1e-5, atol=1e-6)
    assert torch.allclose(
        learner.memory.read(0)[:6].double(), embeddings, atol=1e-6
    )  # the oldest were replaced
    assert torch.equal(learner.memory.read(0)[6:].double(), queue[6:])


def _spy(function):
    calls = []

    def spied(*args):
        result = function(*args)
        calls.append((args, result))
        return result

    return spied, calls


def test_nothing_is_enqueued_before_the_start_epoch():
    learner = build('swav', memory=dict(type='CodeQueue', size=12, dim=8, start_epoch=1))
    for _ in range(3):
        learner.loss(*batch(views=3))
    assert int(learner.memory.written) == 0
    MessageHub.get_current_instance().update_info('epoch', 1)
    for _ in range(2):
        learner.loss(*batch(views=3))
    assert learner.memory.read(0) is not None
