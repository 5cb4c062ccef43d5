"""C-SimCLR and C-BYOL: the algorithm boxes, and heads that any method takes."""

import math

import pytest
import torch
import torch.nn.functional as F

from mmcl.utils.step_random import step_generator
from mmcl.utils.von_mises_fisher import VonMisesFisher, around
from tests.test_models.tiny import METHODS, batch, build, total

E_KAPPA, B_KAPPA, BETA = 40.0, 5.0, 0.5


def codes(mean, name):
    return around(mean, VonMisesFisher(8, E_KAPPA).draw(len(mean), step_generator(f'codes {name}')))


def rate(z, mean, other):
    e, b = VonMisesFisher(8, E_KAPPA), VonMisesFisher(8, B_KAPPA)
    return (e.log_prob(z, mean) - b.log_prob(z, other)).mean().item()


def test_c_simclr_equals_the_algorithm_box():
    learner = build('csimclr')
    inputs, samples = batch()
    losses = learner.loss(inputs, samples)
    both = F.normalize(build('csimclr').project(torch.cat(inputs)), dim=1).detach()
    expected = 0.0
    for view, other, name in ((0, 1, '(0, 1)'), (1, 0, '(1, 0)')):
        mean, key = both[view * 6 : view * 6 + 6], both[other * 6 : other * 6 + 6]
        z = codes(mean, name)
        for i in range(6):
            scores = [B_KAPPA * (z[i] @ both[j]).item() for j in range(12) if j != view * 6 + i]
            own = B_KAPPA * (z[i] @ key[i]).item()
            expected += (math.log(sum(map(math.exp, scores))) - own) / 12
        expected += BETA * rate(z, mean, key) / 2
    assert total(losses).item() == pytest.approx(expected)
    assert losses['residual_information'] > 0 and losses['information'] < math.log(11)


def test_c_byol_equals_the_algorithm_box():
    learner = build('cbyol')
    inputs, samples = batch()
    losses = learner.loss(inputs, samples)
    again = build('cbyol')
    again.encoder._copy_once(again)
    expected = 0.0
    for view, other, name in ((0, 1, '(0, 1)'), (1, 0, '(1, 0)')):
        mean = F.normalize(again.predictor(again.project(inputs[view])), dim=1)
        target = F.normalize(again.encoder.target.neck(again.encoder.target.backbone(inputs[other])), dim=1)
        z = codes(mean, name)
        apart = F.normalize(again.head.decoder(z), dim=1) - target
        backward = F.normalize(again.head.backward_encoder(target), dim=1)
        expected += 2.0 * apart.square().sum(dim=1).mean().item() + BETA * rate(z, mean, backward)
    assert total(losses).item() == pytest.approx(expected)


def test_byols_target_has_no_gradient_and_all_else_has():
    learner = build('cbyol')
    total(learner.loss(*batch())).backward()
    assert all(p.grad is None for p in learner.encoder.parameters())
    named = learner.named_parameters()
    assert all(p.grad is not None for name, p in named if not name.startswith('encoder'))


@pytest.mark.parametrize('name', ['simclr', 'moco', 'mocov3'])
def test_any_contrastive_method_takes_the_head(name):
    head = dict(type='ContrastiveCEBHead', encoder_concentration=E_KAPPA, backward_concentration=B_KAPPA)
    losses = build(name, head=head).loss(*batch())
    assert math.isfinite(total(losses)) and losses['residual_information'] > 0


def test_simsiam_takes_c_byols_head():
    losses = build('simsiam', head=METHODS['cbyol']['head']).loss(*batch())
    assert math.isfinite(total(losses)) and 'residual_information' in losses


def test_the_price_ends_in_codes_that_tell_less_of_their_own_view():
    ends = {}
    for beta in (0.0, 2.0):
        learner = build('csimclr', head={**METHODS['csimclr']['head'], 'beta': beta})
        optimizer = torch.optim.Adam(learner.parameters(), lr=1e-2)
        for step in range(25):
            inputs, samples = batch(seed=step)
            inputs[1] = inputs[0] + 0.5 * inputs[1]  # two views of one image
            optimizer.zero_grad()
            losses = learner.loss(inputs, samples)
            total(losses).backward()
            optimizer.step()
        ends[beta] = losses['residual_information'].item()
    assert ends[2.0] < ends[0.0]
