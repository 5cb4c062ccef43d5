"""Contrastive CEB and C-BYOL's head: against loops, and the heads that they are without price and noise."""

import math

import pytest
import torch
import torch.nn.functional as F
from scipy import stats

from mmcl.models.heads import CompressiveLatentHead, ContrastiveCEBHead, ContrastiveHead, LatentHead
from mmcl.structures import ContrastSet
from mmcl.utils.errors import InputError
from mmcl.utils.step_random import step_generator
from mmcl.utils.von_mises_fisher import VonMisesFisher, around

N, M, D = 4, 7, 6
SHARP = 1e9  # no noise to speak of


def unit(*shape):
    return F.normalize(torch.randn(*shape, dtype=torch.float64), dim=-1)


def contrast():
    hidden = torch.tensor([[0], [1], [-1], [3]])
    return ContrastSet(unit(N, D), own=unit(N, 1, D), shared=unit(M, D), hidden=hidden)


def drawn(mean, kappa, name=''):
    return around(mean, VonMisesFisher(D, kappa).draw(len(mean), step_generator(f'codes {name}')))


def test_contrastive_ceb_equals_its_formula_with_scipys_densities():
    kappa_e, kappa_b, beta, found_set = 30.0, 5.0, 0.6, contrast()
    found = ContrastiveCEBHead(kappa_e, kappa_b, beta, loss_weight=2.0)(found_set, draws='(0, 1)')
    codes = drawn(found_set.anchors, kappa_e, '(0, 1)').numpy()
    rates, losses, sizes = [], [], []
    for i in range(N):
        own = found_set.own[i, 0].numpy()
        e = stats.vonmises_fisher(found_set.anchors[i].numpy(), kappa_e).logpdf(codes[i])
        b = stats.vonmises_fisher(own, kappa_b).logpdf(codes[i])
        hidden = found_set.hidden[i, 0].item()
        seen = [own, *(found_set.shared[j].numpy() for j in range(M) if j != hidden)]
        densities = [stats.vonmises_fisher(mean, kappa_b).logpdf(codes[i]) for mean in seen]
        rates.append(e - b)
        losses.append(math.log(sum(map(math.exp, densities))) - b)
        sizes.append(len(seen))
    rate, loss = sum(rates) / N, sum(losses) / N
    assert found['residual_information'].item() == pytest.approx(rate)
    assert found['loss'].item() == pytest.approx(2 * (loss + beta * rate))
    assert found['information'].item() == pytest.approx(math.log(sum(sizes) / N) - loss)


def test_without_price_and_noise_it_is_info_nce():
    found_set = contrast()
    found = ContrastiveCEBHead(SHARP, 5.0, beta=0.0)(found_set)
    expected = ContrastiveHead(temperature=0.2)(found_set)
    for name in expected:
        assert found[name].item() == pytest.approx(expected[name].item(), abs=1e-3), name


def test_the_price_pulls_the_code_to_the_other_view_and_nowhere_else():
    found_set = contrast()
    found_set.own.requires_grad_()
    gradients = []
    for beta in (0.0, 1.0):
        loss = ContrastiveCEBHead(30.0, 5.0, beta)(found_set)['loss']
        gradients.append(torch.autograd.grad(loss, found_set.own)[0])
    codes = drawn(found_set.anchors, 30.0)
    torch.testing.assert_close(gradients[1] - gradients[0], -5.0 * codes[:, None] / N)


def test_the_rate_of_equal_encoders_averages_to_the_known_divergence():
    mean, other = unit(1, D).expand(20_000, D), unit(1, D).expand(20_000, D)
    head = ContrastiveCEBHead(30.0, 5.0)
    found = head.rate.of(head.rate.draw(mean, ''), mean, other).mean().item()
    e, b = VonMisesFisher(D, 30.0), VonMisesFisher(D, 5.0)
    cosine = (mean[0] @ other[0]).item()
    exact = e.log_normalizer - b.log_normalizer + e.mean_cosine * (30.0 - 5.0 * cosine)
    assert found == pytest.approx(exact, rel=0.01)
    assert head.rate.of_strangers(D) == pytest.approx(exact + 5.0 * e.mean_cosine * cosine)
    alike = ContrastiveCEBHead(5.0, 5.0).rate
    assert alike.of(alike.draw(mean, ''), mean, mean).abs().max() < 1e-12


def test_a_network_that_knows_nothing_has_the_loss_called_chance():
    far = torch.eye(2 * D, dtype=torch.float64)
    found_set = ContrastSet(far[:2], own=far[2:4, None], shared=far[4:8])
    head = ContrastiveCEBHead(40.0, 1e-9, beta=0.5)  # candidates cannot be told apart
    terms = [head(found_set, draws=str(i)) for i in range(300)]
    loss = sum(term['loss'].item() for term in terms) / 300
    assert loss == pytest.approx(terms[0]['chance'].item(), rel=0.01)


def test_c_byol_equals_its_formula():
    head = CompressiveLatentHead(
        D, 9, 30.0, 5.0, beta=0.3, loss_weight=2.0, norm_cfg=dict(type='BN')
    ).double()
    mean, target = unit(N, D), unit(N, D)
    found = head(mean, target, draws='x')
    codes = drawn(mean, 30.0, 'x')
    predicted = codes @ head.decoder.layers[0].weight.T
    backward = head.backward_encoder(target)
    loss = 0.0
    for i in range(N):
        apart = predicted[i] / predicted[i].norm() - target[i]
        center = (backward[i] / backward[i].norm()).detach().numpy()
        e = stats.vonmises_fisher(mean[i].numpy(), 30.0).logpdf(codes[i].numpy())
        b = stats.vonmises_fisher(center, 5.0).logpdf(codes[i].numpy())
        loss += (2 * apart.square().sum().item() + 0.3 * (e - b)) / N
    assert found['loss'].item() == pytest.approx(loss)
    found['loss'].backward()
    assert all(p.grad is not None for p in head.parameters())


def test_c_byol_without_price_noise_and_decoder_is_byol():
    head = CompressiveLatentHead(D, 9, SHARP, beta=0.0, norm_cfg=dict(type='BN')).double()
    with torch.no_grad():
        head.decoder.layers[0].weight.copy_(torch.eye(D))
    mean, target = unit(N, D), unit(N, D)
    expected = LatentHead()(mean, target)
    for name, value in head(mean, target).items():
        if name in expected:
            assert value.item() == pytest.approx(expected[name].item(), abs=1e-3), name


def test_other_names_are_other_draws():
    head, found_set = ContrastiveCEBHead(30.0, 5.0), contrast()
    assert head(found_set, draws='a')['loss'] == head(found_set, draws='a')['loss']
    assert head(found_set, draws='a')['loss'] != head(found_set, draws='b')['loss']


def test_settings_out_of_range_and_sets_without_an_own_positive_are_refused():
    for settings, words in (
        (dict(encoder_concentration=0), 'encoder_concentration=0'),
        (dict(backward_concentration=-1), 'backward_concentration=-1'),
        (dict(beta=-1), 'beta=-1'),
    ):
        with pytest.raises(InputError, match=words):
            ContrastiveCEBHead(**settings)
    with pytest.raises(InputError, match='0 candidates.*InstancePositives'):
        ContrastiveCEBHead()(ContrastSet(unit(N, D), shared=unit(M, D)))
