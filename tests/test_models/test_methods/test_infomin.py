"""InfoMin."""

import math

import pytest
import torch
import torch.nn.functional as F

from tests.test_models.test_methods.test_pirl import embed_pieces
from tests.test_models.tiny import batch, build, total


def test_loss_is_the_mean_of_the_images_and_the_tiles_against_the_same_keys():
    learner = build('infomin').eval()
    inputs, samples = batch(views=3)
    queue = learner.memory.read()
    pieces = learner.prepare(inputs, samples)[2]
    found = total(learner.loss(inputs, samples)).item()
    q, k = (F.normalize(learner.project(view), dim=1) for view in inputs[:2])  # the target is still a copy
    j = torch.stack([embed_pieces(learner, tiles) for tiles in pieces])
    expected = 0.0
    for n in range(6):
        for anchor in (q[n], j[n]):
            logits = [float(anchor @ k[n]) / 0.2] + [float(anchor @ row) / 0.2 for row in queue]
            expected += -0.5 * math.log(math.exp(logits[0]) / sum(map(math.exp, logits))) / 6
    assert found == pytest.approx(expected, abs=1e-6)


def test_without_tiles_it_is_moco_bit_for_bit():
    inputs, samples = batch(views=3)
    infomin, moco = build('infomin', branch_weight=0.0), build('moco')
    moco.load_state_dict({k: v for k, v in infomin.state_dict().items() if not k.startswith('pretext')})
    one, other = infomin.loss(inputs, samples), moco.loss(inputs[:2], samples)
    assert total(one).item() == total(other).item()
    total(one).backward()
    total(other).backward()
    gradients = dict(moco.named_parameters())
    for name, p in infomin.named_parameters():
        if p.requires_grad and not name.startswith('pretext'):
            assert torch.equal(p.grad, gradients[name].grad)
    assert torch.equal(infomin.memory.queue, moco.memory.queue)


def test_the_tiles_gradient_never_reaches_the_target_which_has_no_head_for_them():
    learner = build('infomin', branch_weight=1.0)
    total(learner.loss(*batch(views=3))).backward()
    assert all(p.grad is None for p in learner.encoder.target.parameters())
    assert set(dict(learner.encoder.target.named_children())) == {'backbone', 'neck'}
    assert all(p.grad.any() for p in learner.pretext_neck.parameters())
    assert all(not p.grad.any() for p in learner.neck.parameters())


def test_only_images_are_enqueued():
    learner = build('infomin')
    learner.loss(*batch(views=3))
    assert int(learner.memory.pointer) == 6
