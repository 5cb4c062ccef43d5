"""NPID."""

import pytest
import torch
import torch.nn.functional as F

from mmcl.utils.errors import InputError
from tests.test_models.tiny import batch, build, total

INDEX = [3, 4, 5, 6, 7, 8]
INFO_NCE = dict(type='ContrastiveHead', temperature=0.2)
FULL = dict(negatives=dict(type='BankNegatives', num=None), head=INFO_NCE)


def views(**changes):
    return batch(views=1, start=INDEX[0], **changes)


def embedding(learner, inputs):
    return F.normalize(learner.project(inputs[0]), dim=1)


def test_softmax_over_the_bank_is_the_cross_entropy_of_n_classes():
    learner, (inputs, samples) = build('npid', **FULL), views()
    bank = learner.memory.bank.double().clone()
    value = total(learner.loss(inputs, samples))
    logits = embedding(build('npid', **FULL), inputs) @ bank.T / 0.2
    assert value.item() == pytest.approx(F.cross_entropy(logits, torch.tensor(INDEX)).item(), abs=1e-6)


def test_rows_of_the_batch_move_after_the_loss_and_no_others():
    learner, (inputs, samples) = build('npid'), views()
    before = learner.memory.bank.clone()
    learner.loss(inputs, samples)
    f = embedding(build('npid'), inputs).detach()
    expected = F.normalize(0.5 * before[INDEX] + 0.5 * f, dim=1)
    torch.testing.assert_close(learner.memory.bank[INDEX], expected, rtol=0, atol=1e-6)
    others = [i for i in range(20) if i not in INDEX]
    assert torch.equal(learner.memory.bank[others], before[others])
    torch.testing.assert_close(learner.memory.bank.norm(dim=1), torch.ones(20).double())


def test_gradient_reaches_the_network_and_not_the_bank():
    learner = build('npid')
    total(learner.loss(*views())).backward()
    assert all(p.grad is not None for p in learner.parameters())
    assert not learner.memory.bank.requires_grad


@pytest.mark.parametrize('changes', [{}, FULL, dict(proximal=2.0)])
def test_loss_does_not_depend_on_the_order_of_the_batch(changes):
    inputs, samples = views()
    order = [4, 0, 5, 1, 3, 2]
    losses = [
        total(build('npid', **changes).loss(*given)).item()
        for given in ((inputs, samples), ([inputs[0][order]], [samples[i] for i in order]))
    ]
    assert losses[0] == pytest.approx(losses[1], rel=1e-9)


def test_proximal_term_is_the_squared_distance_to_the_old_row():
    learner, (inputs, samples) = build('npid', proximal=10.0), views()
    bank = learner.memory.bank.double().clone()
    losses = learner.loss(inputs, samples)
    f = embedding(build('npid'), inputs)
    expected = 10 * sum(float(((f[n] - bank[i]) ** 2).sum()) for n, i in enumerate(INDEX)) / 6
    assert losses['loss_proximal'].item() == pytest.approx(expected, rel=1e-6)
    assert 'loss_proximal' not in build('npid').loss(inputs, samples)


def test_nce_that_cannot_tell_candidates_apart_is_at_its_chance():
    losses = build('npid', head=dict(type='NCEHead', temperature=50.0, num_samples=20)).loss(*views())
    assert losses['vs_chance'].item() == pytest.approx(1, abs=0.01)


def test_a_negative_proximal_weight_is_refused():
    with pytest.raises(InputError, match='proximal=-1'):
        build('npid', proximal=-1)
