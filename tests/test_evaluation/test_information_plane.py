"""Points of the information plane: exact discrete cases, limits, and bounds."""

import math

import numpy as np
import pytest
import torch

from mmcl.evaluation import information
from mmcl.evaluation.information_plane import binned_information, draw, kde_information
from mmcl.utils.errors import InputError

NUM = 60


def data(seed=0, classes=3, dim=4):
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(classes, (NUM,), generator=generator)
    return torch.randn(NUM, dim, generator=generator), labels


def entropy_of(labels):
    shares = torch.bincount(labels).double() / len(labels)
    return -(shares[shares > 0] * shares[shares > 0].log()).sum().item()


@pytest.mark.parametrize('seed', range(4))
def test_a_layer_of_few_patterns_has_the_tables_exact_information(seed):
    random = np.random.default_rng(seed)
    pattern = random.integers(6, size=NUM)  # which of six patterns the layer shows for each image
    labels = (pattern + random.integers(2, size=NUM)) % 3
    points = random.uniform(-1, 1, (6, 2)).round(1) * 100
    activations = torch.from_numpy(points[pattern])
    by_image, by_class = np.zeros((NUM, 6)), np.zeros((6, 3))
    for image, (t, y) in enumerate(zip(pattern, labels)):
        by_image[image, t] += 1 / NUM
        by_class[t, y] += 1 / NUM
    labels = torch.from_numpy(labels)
    for found in (
        binned_information(activations, labels, bins=400),
        kde_information(activations, labels, noise=0.01),
    ):
        assert found['i_xt'] == pytest.approx(information(by_image), abs=1e-9)
        assert found['i_ty'] == pytest.approx(information(by_class), abs=1e-9)
        assert found['saturated'] == 0


@pytest.mark.parametrize('estimate', [binned_information, kde_information])
def test_a_constant_layer_tells_nothing(estimate):
    found = estimate(torch.full((NUM, 3), 0.4), data()[1])
    assert found['i_xt'] == pytest.approx(0, abs=1e-9) and found['i_ty'] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    'estimate, settings', [(binned_information, dict(bins=200)), (kde_information, dict(noise=0.001))]
)
def test_a_layer_that_keeps_images_apart_tells_all_and_is_called_saturated(estimate, settings):
    activations, labels = data()
    found = estimate(activations, labels, **settings)
    assert found['i_xt'] == pytest.approx(math.log(NUM), abs=1e-6)
    assert found['i_ty'] == pytest.approx(entropy_of(labels), abs=1e-6)
    assert found['saturated'] == 1


def test_kernel_density_equals_a_loop():
    activations, labels = data()

    def spread(rows, sigma):
        total = 0.0
        for a in rows.tolist():
            near = [
                math.exp(-sum((x - y) ** 2 for x, y in zip(a, b)) / (2 * sigma**2)) for b in rows.tolist()
            ]
            total -= math.log(sum(near) / len(near)) / len(rows)
        return total

    found = kde_information(activations, labels, noise=0.5)
    upper = spread(activations, 0.5)
    inside = sum(
        (labels == y).float().mean().item() * spread(activations[labels == y], 0.5) for y in range(3)
    )
    assert found['i_xt'] == pytest.approx(upper) and found['i_xt_lower'] == pytest.approx(
        spread(activations, 1.0)
    )
    assert found['i_ty'] == pytest.approx(upper - inside)


@pytest.mark.parametrize('noise', [0.1, 0.5, 2.0])
def test_kernel_bounds_are_in_order_and_in_range(noise):
    found = kde_information(*data(), noise=noise)
    assert 0 <= found['i_xt_lower'] <= found['i_xt'] <= math.log(NUM) + 1e-9


@pytest.mark.parametrize('estimate', [binned_information, kde_information])
def test_the_order_of_images_does_not_matter(estimate):
    activations, labels = data()
    order = torch.randperm(NUM)
    one, other = estimate(activations, labels), estimate(activations[order], labels[order])
    assert all(one[name] == pytest.approx(other[name], abs=1e-9) for name in one)


def test_values_outside_the_bounds_are_counted():
    activations = torch.tensor([[-3.0], [0.5], [0.1], [9.0]])
    found = binned_information(activations, torch.zeros(4, dtype=torch.int64), bins=2, bounds=(-1, 1))
    assert found['clipped'] == 0.5
    assert found['i_xt'] == pytest.approx(-(0.25 * math.log(0.25) + 0.75 * math.log(0.75)))
    assert binned_information(activations, torch.zeros(4, dtype=torch.int64))['clipped'] == 0


def test_settings_that_make_no_sense_are_refused():
    for settings, words in ((dict(bins=1), 'bins=1'), (dict(bounds=(1.0, 0.0)), r'bounds=\(1.0, 0.0\)')):
        with pytest.raises(InputError, match=words):
            binned_information(*data(), **settings)
    with pytest.raises(InputError, match='noise=0'):
        kde_information(*data(), noise=0)


def test_runs_share_a_plot(tmp_path):
    rows = [
        dict(iter=i, layers=dict(a=kde_information(*data(i)), b=kde_information(*data(9 + i))))
        for i in (0, 5)
    ]
    draw(
        {'one': dict(about='kde', rows=rows), 'other': dict(about='kde', rows=rows[:1])},
        str(tmp_path / 'p.png'),
    )
    assert (tmp_path / 'p.png').read_bytes()[:4] == b'\x89PNG'
