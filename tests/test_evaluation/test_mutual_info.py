"""Estimates of mutual information where the truth is known."""

import math

import pytest
import torch

from mmcl.evaluation import MutualInfoMetric, mutual_info
from mmcl.evaluation.critics import BaselineCritic, ConcatCritic, CosineCritic, SeparableCritic
from mmcl.evaluation.mutual_info import (
    READ,
    MineObjective,
    Pairs,
    Settings,
    estimate,
    gaussian_information,
    linsker_infomax,
    read,
    sufficiency,
)
from mmcl.models.losses import dv_bound, infonce_bound, nwj_bound
from mmcl.utils.errors import InputError

QUICK = Settings(
    steps=250, batch_size=128, candidates=128, lr=3e-3, critic_args=dict(hidden=64, num_layers=2)
)


def gaussians(num, dim, correlation, seed=0):
    """(num, dim) samples of two variables."""
    generator = torch.Generator().manual_seed(seed)
    x, noise = torch.randn(2, num, dim, generator=generator)
    return Pairs(x, correlation * x + (1 - correlation**2) ** 0.5 * noise)


def test_bounds_of_the_best_critic_come_near_the_truth_and_agree():
    x, y = (side.double() for side in gaussians(2048, 1, 0.5))
    ratio = (2 * 0.5 * x @ y.T - 0.25 * (x**2 + y.T**2)) / (2 * 0.75) - math.log(0.75) / 2
    truth = gaussian_information(0.5)
    assert truth == pytest.approx(0.1438, abs=1e-4)
    values = [infonce_bound(ratio).item(), dv_bound(ratio).item(), nwj_bound(1 + ratio).item()]
    assert values == pytest.approx([truth] * 3, abs=0.06)
    assert max(values) - min(values) < 0.005


@pytest.mark.parametrize('objective', READ)
def test_a_trained_critic_finds_most_of_two_nats_in_20_dimensions_and_no_more(objective):
    correlation = math.sqrt(1 - math.exp(-2 * 2 / 20))
    train, test = gaussians(8000, 20, correlation), gaussians(2048, 20, correlation, 1)
    settings = QUICK._replace(objective=objective, critic_args=dict(hidden=64, num_layers=1))
    assert estimate(train, test, settings) == pytest.approx(2, rel=0.25)


@pytest.mark.parametrize('objective', READ)
def test_independent_variables_share_nothing(objective):
    train, test = gaussians(3000, 3, 0.0), gaussians(1024, 3, 0.0, 1)
    value = estimate(train, test, QUICK._replace(objective=objective, steps=150))
    assert -0.1 < value < 0.05


def test_a_curved_scale_changes_no_information_and_a_concatenating_critic_finds_it():
    train, test = gaussians(4000, 1, 0.9), gaussians(1024, 1, 0.9, 1)
    train, test = (Pairs(x, y**3) for x, y in (train, test))
    settings = QUICK._replace(
        critic='concat', batch_size=64, candidates=64, steps=200, critic_args=dict(hidden=32)
    )
    assert estimate(train, test, settings) == pytest.approx(gaussian_information(0.9), rel=0.25)


def test_estimates_depend_on_the_seed_alone_and_leave_random_states():
    train, test = gaussians(400, 2, 0.8), gaussians(200, 2, 0.8, 1)
    settings = QUICK._replace(steps=5)
    state = torch.get_rng_state()
    values = [estimate(train, test, settings, seed) for seed in (0, 0, 1)]
    assert values[0] == values[1] != values[2]
    assert torch.equal(torch.get_rng_state(), state)


def test_several_samples_of_an_image_are_drawn_from_and_never_meet():
    x = torch.arange(6.0).repeat(3, 1)[..., None]  # three samples of six images, whose number is all there is
    seen = []

    class Spy(torch.nn.Module):
        def __init__(self, dims):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(()))

        def forward(self, first, second):
            assert torch.equal(first, second)
            seen.append(first.flatten().tolist())
            return first @ second.T * self.weight

    mutual_info._fit(Spy(()), Pairs(x, x), None, QUICK._replace(steps=4, batch_size=5))
    assert all(len(set(batch)) == 5 for batch in seen)


def test_mines_gradient_divides_by_the_moving_average():
    generator = torch.Generator().manual_seed(0)
    first, second = torch.randn(2, 4, 4, generator=generator, dtype=torch.float64)
    second.requires_grad_()
    off = ~torch.eye(4, dtype=torch.bool)
    mine = MineObjective(decay=0.75)
    mine(first)
    gradient = torch.autograd.grad(mine(second), second)[0]
    average = 0.75 * first[off].exp().mean() + 0.25 * second[off].exp().mean()
    expected = torch.eye(4).double() / 4 - torch.where(off, second.exp() / 12, 0) / average
    torch.testing.assert_close(gradient, expected.detach(), rtol=1e-9, atol=1e-12)


def test_mine_without_a_memory_has_the_bounds_own_gradient():
    scores = torch.randn(5, 5, dtype=torch.float64, requires_grad=True)
    ours, theirs = (torch.autograd.grad(f(scores), scores)[0] for f in (MineObjective(0.0), dv_bound))
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)


def test_critics_score_every_pair_as_one_at_a_time():
    x, y = torch.randn(3, 4), torch.randn(5, 4)
    critics = SeparableCritic((4, 4), 8, 6), ConcatCritic((4, 4), 8), CosineCritic((4, 4), 3.0)
    for critic in (*critics, BaselineCritic(critics[2], 4, 8)):
        scores = critic(x, y)
        single = [[critic(x[i : i + 1], y[j : j + 1]).item() for j in range(5)] for i in range(3)]
        assert scores.detach().numpy() == pytest.approx(torch.tensor(single).numpy(), abs=1e-5)
    whole = ConcatCritic((4, 4), 8)
    layer = torch.nn.Linear(8, 8)  # of both together
    layer.weight.data = torch.cat([side.weight for side in whole.first], dim=1)
    layer.bias.data = whole.first[0].bias + whole.first[1].bias
    both = torch.cat([x[2], y[4]])
    assert whole(x, y)[2, 4].item() == pytest.approx(whole.rest(layer(both)).item(), abs=1e-5)


def linear_pair(num, keep, seed):
    """v1 with 4 informative coordinates and 2 of noise, the ``keep`` first of the former as its code, and v2."""
    x, y = gaussians(num, 4, 0.7, seed)
    noise = torch.randn(num, 2, generator=torch.Generator().manual_seed(seed + 100))
    return torch.cat([x, noise], dim=1), x[:, :keep], y


@pytest.mark.parametrize('keep', [4, 2])
def test_dropping_half_of_the_informative_coordinates_loses_half_of_the_information(keep):
    settings = QUICK._replace(steps=150, lr=5e-3)
    found = sufficiency(linear_pair(5000, keep, 0), linear_pair(1024, keep, 1), settings, seeds=range(2))
    truth = gaussian_information(0.7, 4)
    lost = 0 if keep == 4 else truth / 2
    assert found['gap'] == pytest.approx(lost, abs=0.2 * truth / 2)
    assert ('not sufficient' in found['verdict']) == (keep == 2)
    assert found['ceiling'] == pytest.approx(math.log(128)) and len(found['view']) == 2


@pytest.mark.parametrize(
    'gap, spread, height, words',
    [
        (0.5, 0.1, 0.5, 'not sufficient'),
        (0.1, 0.1, 0.5, 'no information found'),
        (-0.5, 0.1, 0.5, 'trained too little'),
    ]
    + [(0.5, 0.1, 0.95, 'near its ceiling')],
)
def test_verdicts_heed_the_noise_and_the_ceiling(gap, spread, height, words):
    assert words in mutual_info._verdict(gap, spread, height)


def test_linskers_information_is_the_sum_over_principal_components():
    generator = torch.Generator().manual_seed(0)
    root = torch.randn(4, 4, generator=generator, dtype=torch.float64)
    covariance = root @ root.T
    values, vectors = torch.linalg.eigh(covariance)
    found = linsker_infomax(vectors.T[-2:], covariance, noise=0.5).item()
    expected = sum(math.log(1 + value / 0.25) / 2 for value in values[-2:].tolist())
    assert found == pytest.approx(expected, abs=1e-12)
    unit = torch.tensor([[1.0]], dtype=torch.float64)  # y = x + n has the correlation 1 / sqrt(1 + noise^2)
    assert linsker_infomax(unit, unit, 0.5).item() == pytest.approx(
        gaussian_information(1 / math.sqrt(1.25)), abs=1e-12
    )
    with pytest.raises(InputError, match='noise=0'):
        linsker_infomax(unit, unit, 0)


def test_a_unit_that_maximises_its_information_finds_the_first_principal_component():
    generator = torch.Generator().manual_seed(0)
    root = torch.randn(5, 5, generator=generator, dtype=torch.float64)
    covariance = root @ root.T
    weight = torch.randn(1, 5, generator=generator, dtype=torch.float64).requires_grad_()
    optimizer = torch.optim.Adam([weight], lr=0.05)
    for _ in range(400):
        optimizer.zero_grad()
        (-linsker_infomax(torch.nn.functional.normalize(weight, dim=1), covariance, 1.0)).backward()
        optimizer.step()
    top = torch.linalg.eigh(covariance)[1][:, -1]
    assert torch.nn.functional.cosine_similarity(weight[0], top, dim=0).abs().item() > 0.999


def test_infonce_estimates_linskers_information():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(5000, 3, generator=generator)
    weight = torch.tensor([[1.0, 1.0, 0.0], [0.0, 0.5, -1.0]])
    y = x @ weight.T + 0.7 * torch.randn(5000, 2, generator=generator)
    found = estimate(Pairs(x[:4000], y[:4000]), Pairs(x[4000:], y[4000:]), QUICK)
    assert found == pytest.approx(linsker_infomax(weight, torch.eye(3), 0.7).item(), rel=0.2)


def on_the_sphere(num, close):
    center, first, second = torch.nn.functional.normalize(torch.randn(3, num, 16), dim=2)
    return center + close * first, center + close * second


def test_metric_sees_close_views_share_more_and_strangers_nothing():
    values = []
    for close in (0.5, 1.5, None):
        first, second = on_the_sphere(300, close or 1.0)
        metric = MutualInfoMetric(bounds=tuple(READ), candidates=64, steps=40)
        metric.set_pair(first, second.flip(0) if close is None else second, layer='projection')
        values.append(metric.evaluate(300))
        assert metric.protocol['views']['candidates'] == 64
    for name in READ:
        near, far, strangers = (value[f'views/{name}'] for value in values)
        assert near > far + 0.5 > 0.5 and abs(strangers) < 0.1, name
    assert values[0]['views/infonce'] < math.log(64)


def test_wrong_settings_and_too_few_images_get_a_sentence():
    pairs = gaussians(50, 2, 0.5)
    with pytest.raises(InputError, match="objective='kl'.*infonce"):
        estimate(pairs, pairs, Settings(objective='kl'))
    with pytest.raises(InputError, match="critic='mlp'.*separable"):
        estimate(pairs, pairs, Settings(critic='mlp'))
    with pytest.raises(InputError, match='45 images to train a critic on.*at least 256'):
        estimate(pairs, pairs, Settings())
    with pytest.raises(InputError, match='50 held-out images.*at least 512'):
        estimate(pairs, pairs, Settings(batch_size=8))
    with pytest.raises(InputError, match='Remove kl'):
        MutualInfoMetric(bounds=['kl'])
    with pytest.raises(InputError, match='decay=1'):
        MineObjective(1)


def test_reading_takes_whole_blocks_of_candidates():
    critic = CosineCritic((), 2.0)
    x, y = gaussians(10, 3, 0.9)
    expected = sum(infonce_bound(critic(x[i : i + 4], y[i : i + 4])).item() for i in (0, 4)) / 2
    assert read(critic, Pairs(x, y), 'infonce', 4) == pytest.approx(expected, abs=1e-6)
