"""VIB and CEB: both terms against loops, and the cases in which they are something else."""

import math

import pytest
import torch
import torch.nn.functional as F
from mmengine.logging import MessageHub

from mmcl.models.heads import CEBHead, ClassifierHead, VIBHead
from mmcl.models.losses import gaussian_kl, gaussian_log_density
from mmcl.utils.errors import InputError
from mmcl.utils.step_random import step_generator

N, K, C = 6, 4, 3
LABELS = torch.tensor([0, 1, 2, 2, 1, 0])


def features(width=2 * K):
    return torch.randn(N, width, dtype=torch.float64)


def make(kind=VIBHead, **settings):
    head = kind(K, C, **{'init_std': 0.5, **settings})
    head.init_weights()
    return head.double()


def deviates():
    return torch.randn(N, K, generator=step_generator('code'), dtype=torch.float64)


def test_vib_equals_its_formula_an_image_and_a_dimension_at_a_time():
    head, x = make(beta=0.3), features()
    found = head.loss(x, LABELS)
    cross, rate = 0.0, 0.0
    weight, bias = head.fc.weight.tolist(), head.fc.bias.tolist()
    for row, noise, label in zip(x.tolist(), deviates().tolist(), LABELS.tolist()):
        mean, std = row[:K], [math.log1p(math.exp(rho - 5)) for rho in row[K:]]
        z = [m + s * e for m, s, e in zip(mean, std, noise)]
        logits = [sum(w * v for w, v in zip(weight[c], z)) + bias[c] for c in range(C)]
        cross -= logits[label] - math.log(sum(map(math.exp, logits)))
        rate += sum((s * s + m * m - 1 - 2 * math.log(s)) / 2 for m, s in zip(mean, std))
    assert found['loss_label'].item() == pytest.approx(cross / N)
    assert found['rate'].item() == pytest.approx(rate / N)
    assert found['loss_rate'].item() == pytest.approx(0.3 * rate / N)
    assert found['information'].item() == pytest.approx(math.log(C) - cross / N)
    assert found['vs_chance'].item() == pytest.approx((cross + 0.3 * rate) / N / math.log(C))


@pytest.mark.parametrize('kind', [VIBHead, CEBHead])
def test_without_price_and_noise_it_is_cross_entropy(kind):
    head, x = make(kind, beta=0.0), features()
    x[:, K:] = -60  # deviations at their least, e^-10
    plain = ClassifierHead(K, C).double()
    plain.fc.load_state_dict(head.fc.state_dict())
    expected = plain.loss(plain(x[:, :K]), LABELS)
    found = head.loss(x, LABELS)
    assert found['loss_label'].item() == pytest.approx(expected['loss'].item(), abs=1e-3)
    assert found['loss_rate'] == 0 and found['hits'] == expected['hits']


def test_a_deviation_that_underflows_has_no_gradient_but_a_finite_loss():
    x = features().float()
    x[:, K:] = -1e4
    x.requires_grad_()
    losses = make().float().loss(x, LABELS)
    (losses['loss_label'] + losses['loss_rate']).backward()
    assert x.grad.isfinite().all() and (x.grad[:, K:] == 0).all()


@pytest.mark.parametrize('decoder', ['linear', 'backward'])
def test_ceb_equals_its_formula_at_the_drawn_code(decoder):
    head, x = make(CEBHead, beta=0.7, decoder=decoder, sampled_rate=True), features()
    with torch.no_grad():
        head.log_stds.normal_(std=0.3)
    found = head.loss(x, LABELS)
    mean, std = x[:, :K], F.softplus(x[:, K:] - 5)
    z = mean + std * deviates()
    rate = torch.zeros(N, dtype=torch.float64)
    backward = torch.zeros(N, C, dtype=torch.float64)
    for i in range(N):
        e = torch.distributions.Normal(mean[i], std[i]).log_prob(z[i]).sum()
        for c in range(C):
            b = torch.distributions.Normal(head.means[c], head.log_stds[c].exp())
            backward[i, c] = b.log_prob(z[i]).sum()
        rate[i] = e - backward[i, LABELS[i]]
    logits = head.fc(z) if decoder == 'linear' else backward
    assert found['loss_rate'].item() == pytest.approx(0.7 * rate.mean().item())
    assert found['loss_label'].item() == pytest.approx(F.cross_entropy(logits, LABELS).item())


def test_cebs_closed_form_is_the_mean_over_draws():
    mean, log_std = torch.randn(1, K, dtype=torch.float64), torch.full((1, K), -1.0, dtype=torch.float64)
    head = make(CEBHead)
    exact = head.rate(mean, log_std, mean, LABELS[:1]).item()
    head.sampled_rate = True
    codes = mean + log_std.exp() * torch.randn(100_000, K, dtype=torch.float64)
    drawn = head.rate(mean, log_std, codes, LABELS[:1].expand(100_000)).mean().item()
    assert drawn == pytest.approx(exact, rel=0.01)


def test_a_backward_encoder_that_ignores_the_class_makes_vib_with_a_learned_prior():
    ceb, vib, x = make(CEBHead, beta=0.3), make(beta=0.3), features()
    vib.fc.load_state_dict(ceb.fc.state_dict())
    with torch.no_grad():
        ceb.means.zero_()
    for name, value in ceb.loss(x, LABELS).items():  # of the standard normal: VIB
        assert value.item() == pytest.approx(vib.loss(x, LABELS)[name].item()), name
    with torch.no_grad():
        ceb.means[:], ceb.log_stds[:] = torch.randn(K), torch.randn(K)
    prior = ceb.means[:1], ceb.log_stds[:1]
    expected = gaussian_kl(*ceb.code(x), *prior).mean()
    assert ceb.loss(x, LABELS)['rate'].item() == pytest.approx(expected.item())
    assert ceb.loss(x, LABELS.flip(0))['rate'].item() == pytest.approx(expected.item())


def test_the_rate_is_summed_over_dimensions():
    mean = torch.ones(N, K, dtype=torch.float64)
    assert make(std=1.0).loss(mean, LABELS)['rate'].item() == pytest.approx(K / 2)


def test_a_prediction_of_many_draws_is_the_mean_of_their_probabilities():
    head, x = make(num_samples=5), features()
    deviate = torch.randn(5, K, generator=torch.Generator().manual_seed(0)).double()
    mean, log_std = head.code(x)
    expected = sum((head.fc(mean + log_std.exp() * d)).softmax(dim=1) for d in deviate) / 5
    torch.testing.assert_close(head(x).softmax(dim=1), expected)
    torch.testing.assert_close(head(x)[2:3], head(x[2:3]))  # whatever else is in the batch
    head.num_samples = 0
    torch.testing.assert_close(head(x), head.fc(x[:, :K]))


def test_draws_belong_to_the_iteration():
    head, x = make(), features()
    with torch.no_grad():
        x[:, K:] += 5
    first = head.loss(x, LABELS)['loss_label']
    assert head.loss(x, LABELS)['loss_label'] == first
    MessageHub.get_current_instance().update_info('iter', 1)
    assert head.loss(x, LABELS)['loss_label'] != first


def test_a_fixed_deviation_takes_features_as_means():
    head, x = make(CEBHead, std=2.0), features(K)
    mean, log_std = head.code(x)
    assert torch.equal(mean, x) and log_std.allclose(torch.tensor(2.0).double().log())
    assert 'log_stds' not in head.state_dict()
    density = gaussian_log_density(x, head.means[LABELS], torch.zeros_like(x))
    decoded = make(CEBHead, std=2.0, decoder='backward').decode(x)
    assert decoded.shape == (N, C) and density.shape == (N,)


@pytest.mark.parametrize(
    'settings, words',
    [
        (dict(beta=-1), 'VIBHead has beta=-1'),
        (dict(std=0), 'std=0'),
        (dict(num_samples=-1), 'num_samples=-1'),
    ],
)
def test_settings_out_of_range_are_refused(settings, words):
    with pytest.raises(InputError, match=words):
        VIBHead(K, C, **settings)


def test_wrong_widths_decoders_and_mixed_labels_are_refused():
    with pytest.raises(InputError, match='width 4.*8, mean and deviation.*out_channels'):
        make().loss(features(K), LABELS)
    with pytest.raises(InputError, match="decoder='mlp'"):
        CEBHead(K, C, decoder='mlp')
    with pytest.raises(InputError, match='mixtures of classes.*VIBHead'):
        make(CEBHead).loss(features(), F.one_hot(LABELS).double())
    mixed = make().loss(features(), F.one_hot(LABELS).double())
    assert mixed['rate'] > 0
