"""The bounds on mutual information against loops, closed forms and a Gaussian whose information is known."""

import math
from functools import partial

import pytest
import torch

from mmcl.models.losses import (
    dv_bound,
    infonce_bound,
    interpolated_bound,
    jsd_bound,
    nwj_bound,
    smile_bound,
    tuba_bound,
)
from mmcl.utils.errors import InputError

ALPHA, CLIP = 0.3, 1.5
BOUNDS = dict(
    infonce=infonce_bound,
    dv=dv_bound,
    nwj=nwj_bound,
    jsd=jsd_bound,
    tuba=partial(tuba_bound, log_baseline=0.4),
    interpolated=partial(interpolated_bound, alpha=ALPHA, log_baseline=0.4),
    smile=partial(smile_bound, clip=CLIP),
)


def some_scores(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return 2 * torch.randn(*shape, generator=generator, dtype=torch.float64)


def slow(name, scores):
    """The definition, a number at a time."""
    n, m, locations = len(scores), scores.shape[1], range(scores.shape[2])
    u = scores.tolist()
    pairs = [u[i][i][p] for i in range(n) for p in locations]
    others = [u[i][j][p] for i in range(n) for j in range(m) if i != j for p in locations]

    def mean(values):
        return sum(values) / len(values)

    def softplus(x):
        return math.log(1 + math.exp(x))

    if name == 'infonce':
        terms = []
        for i in range(n):
            negatives = sum(math.exp(u[i][j][p]) for j in range(m) if j != i for p in locations)
            terms += [math.log(math.exp(u[i][i][p]) / (math.exp(u[i][i][p]) + negatives)) for p in locations]
        return math.log(1 + (m - 1) * len(locations)) + mean(terms)
    if name == 'dv':
        return mean(pairs) - math.log(mean([math.exp(x) for x in others]))
    if name == 'nwj':
        return mean(pairs) - mean([math.exp(x - 1) for x in others])
    if name == 'smile':
        return mean(pairs) - math.log(mean([math.exp(min(max(x, -CLIP), CLIP)) for x in others]))
    if name == 'tuba':
        a = math.exp(0.4)
        return 1 + mean([x - math.log(a) for x in pairs]) - mean([math.exp(x) / a for x in others])
    if name == 'interpolated':
        a, joint, marginal = math.exp(0.4), [], []
        for i in range(n):
            mine = [math.exp(u[i][j][p]) for j in range(m) if j != i for p in locations]
            for p in locations:
                for left_out in range(len(mine)):  # the pair among all strangers but one
                    kept = [math.exp(u[i][i][p])] + mine[:left_out] + mine[left_out + 1 :]
                    joint.append(math.log(math.exp(u[i][i][p]) / (ALPHA * mean(kept) + (1 - ALPHA) * a)))
            marginal += [x / (ALPHA * mean(mine) + (1 - ALPHA) * a) for x in mine]
        return 1 + mean(joint) - mean(marginal)
    return mean([math.log(2) - softplus(-x) for x in pairs]) - mean(
        [softplus(x) - math.log(2) for x in others]
    )


@pytest.mark.parametrize('name', BOUNDS)
@pytest.mark.parametrize('shape', [(5, 5), (4, 4, 3), (3, 3, 2, 2)])
def test_bounds_equal_their_definitions(name, shape):
    scores = some_scores(*shape)
    expected = slow(name, scores.reshape(*shape[:2], -1))
    assert BOUNDS[name](scores).item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize('name', BOUNDS)
def test_rows_held_by_several_processes_give_the_bound_of_the_whole_matrix(name):
    scores = some_scores(6, 6, 3).requires_grad_()
    whole = BOUNDS[name](scores)
    parts = [scores[:4], scores[4:]]
    if name in ('dv', 'smile'):

        def gather(_):
            off, clip = ~torch.eye(6, dtype=torch.bool), CLIP if name == 'smile' else math.inf
            return torch.stack(
                [scores[i][off[i]].clamp(-clip, clip).flatten().logsumexp(0) for i in range(6)]
            )

        bounds = [BOUNDS[name](part, first, gather) for part, first in zip(parts, (0, 4))]
    else:
        bounds = [BOUNDS[name](part, first) for part, first in zip(parts, (0, 4))]
    mean = (4 * bounds[0] + 2 * bounds[1]) / 6
    torch.testing.assert_close(mean, whole, rtol=1e-12, atol=0)
    ours, theirs = (torch.autograd.grad(x, scores)[0] for x in (mean, whole))
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize('name', BOUNDS)
def test_gradients_are_finite_where_scores_are_huge(name):
    scores = (30 * some_scores(4, 4, 2)).requires_grad_()
    gradient = torch.autograd.grad(BOUNDS[name](scores.clamp(max=60)), scores)[0]
    assert gradient.isfinite().all() and gradient.abs().sum() > 0


@pytest.mark.parametrize('name', BOUNDS)
def test_bounds_do_not_depend_on_the_order_of_images_or_locations(name):
    scores, order = some_scores(5, 5, 4), torch.tensor([3, 0, 4, 1, 2])
    shuffled = scores[order][:, order][..., [2, 0, 3, 1]]
    torch.testing.assert_close(BOUNDS[name](shuffled), BOUNDS[name](scores), rtol=1e-12, atol=0)


def test_a_critic_that_knows_nothing_finds_nothing():
    assert all(
        bound(torch.zeros(4, 4, 3)).item() == pytest.approx(0, abs=1e-6)
        for bound in (infonce_bound, dv_bound, jsd_bound, smile_bound, tuba_bound, interpolated_bound)
    )
    assert nwj_bound(torch.ones(4, 4, 3)).item() == pytest.approx(0, abs=1e-6)


def test_a_perfect_critic_reaches_ln_of_the_candidates_and_twice_ln_2():
    scores = torch.where(torch.eye(4, dtype=torch.bool), 1e4, -1e4)[..., None].expand(4, 4, 3)
    assert infonce_bound(scores).item() == pytest.approx(math.log(1 + 3 * 3), rel=1e-6)
    assert jsd_bound(scores).item() == pytest.approx(2 * math.log(2), rel=1e-6)


def test_infonce_of_a_matrix_is_ln_n_minus_the_cross_entropy_to_the_diagonal():
    scores = some_scores(6, 6)
    expected = math.log(6) - torch.nn.functional.cross_entropy(scores, torch.arange(6))
    torch.testing.assert_close(infonce_bound(scores), expected, rtol=1e-12, atol=0)


def test_the_best_critic_finds_the_information_of_two_correlated_gaussians():
    rho, num = 0.8, 1500  # standard errors of 0.03
    generator = torch.Generator().manual_seed(0)
    x, noise = torch.randn(2, num, generator=generator, dtype=torch.float64)
    y = rho * x + (1 - rho**2) ** 0.5 * noise
    one, other = x[:, None], y[None]
    log_ratio = -0.5 * math.log(1 - rho**2) - (rho**2 * (one**2 + other**2) - 2 * rho * one * other) / (
        2 - 2 * rho**2
    )
    truth = -0.5 * math.log(1 - rho**2)  # 0.51 nats
    assert dv_bound(log_ratio).item() == pytest.approx(truth, abs=0.08)
    assert nwj_bound(1 + log_ratio).item() == pytest.approx(truth, abs=0.08)
    assert infonce_bound(log_ratio).item() == pytest.approx(truth, abs=0.08)
    assert smile_bound(log_ratio).item() == pytest.approx(truth, abs=0.08)
    assert tuba_bound(log_ratio).item() == pytest.approx(truth, abs=0.08)
    shift = torch.linspace(-1, 1, num, dtype=torch.float64)  # a baseline of x that the critic has too
    assert tuba_bound(log_ratio + shift[:, None], log_baseline=shift).item() == pytest.approx(truth, abs=0.08)
    for alpha in (0, 0.01, 0.5, 1):
        found = interpolated_bound(log_ratio[:300, :300], alpha=alpha).item()
        assert found == pytest.approx(truth, abs=0.15)


def test_tuba_with_the_baseline_e_is_nwj_and_the_best_baseline_makes_the_most_of_a_critic():
    scores = some_scores(5, 5, 3)
    assert tuba_bound(scores, log_baseline=1.0) == nwj_bound(scores)
    log_baseline = torch.zeros(5, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([log_baseline], lr=0.5, max_iter=100)

    def step():
        optimizer.zero_grad()
        loss = -tuba_bound(scores, log_baseline=log_baseline)
        loss.backward()
        return loss

    optimizer.step(step)
    off = ~torch.eye(5, dtype=torch.bool)
    best = torch.stack([scores[i][off[i]].exp().mean().log() for i in range(5)])  # ln E_M[e^u] of each row
    torch.testing.assert_close(log_baseline.detach(), best, rtol=0, atol=1e-4)


def test_interpolation_ends_in_tuba_and_in_infonce_over_all_candidates_but_one():
    scores = some_scores(5, 5)
    assert interpolated_bound(scores, alpha=0, log_baseline=0.3).item() == pytest.approx(
        tuba_bound(scores, log_baseline=0.3).item(), abs=1e-12
    )
    terms = []
    for i in range(5):
        for left_out in set(range(5)) - {i}:
            kept = [j for j in range(5) if j != left_out]
            row = scores[i, kept]
            terms.append(math.log(4) + scores[i, i].item() - row.logsumexp(0).item())
    found = interpolated_bound(scores, alpha=1)
    assert found.item() == pytest.approx(sum(terms) / len(terms), abs=1e-12)
    perfect = torch.where(torch.eye(5, dtype=torch.bool), 1e3, -1e3).double()
    assert interpolated_bound(perfect, alpha=1).item() == pytest.approx(math.log(4), rel=1e-6)


def test_a_small_alpha_reaches_beyond_infonce_by_ln_of_its_inverse():
    perfect = torch.where(torch.eye(5, dtype=torch.bool), 30.0, -30.0).double()
    for alpha in (0.5, 0.1, 0.01):
        highest = math.log(4) + math.log(1 / alpha)
        assert interpolated_bound(perfect, alpha=alpha).item() == pytest.approx(1 + highest, abs=1e-3)


def test_smile_without_a_clip_is_donsker_and_varadhans_and_with_one_no_smaller_for_large_scores():
    scores = some_scores(6, 6, 2)
    assert smile_bound(scores, clip=math.inf) == dv_bound(scores)
    large = scores.abs() * 3
    assert smile_bound(large, clip=2.0) > dv_bound(large)


def test_an_alpha_outside_its_range_is_refused():
    with pytest.raises(InputError, match='alpha=1.5'):
        interpolated_bound(some_scores(3, 3), alpha=1.5)


@pytest.mark.parametrize('name', BOUNDS)
def test_a_single_image_is_refused(name):
    with pytest.raises(InputError, match='batch_size'):
        BOUNDS[name](torch.zeros(1, 1, 4))
