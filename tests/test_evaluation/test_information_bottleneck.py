"""The information bottleneck of small tables."""

import math

import numpy as np
import pytest

from mmcl.evaluation import conditional_information, entropy, ib_curve, information
from mmcl.utils.errors import InputError


def table(x=5, y=3, seed=0):
    return np.random.default_rng(seed).dirichlet(np.full(x * y, 0.4)).reshape(x, y)


def test_information_equals_the_double_sum():
    joint = table()
    expected = sum(
        p * math.log(p / (joint[i].sum() * joint[:, j].sum())) for (i, j), p in np.ndenumerate(joint) if p > 0
    )
    assert information(joint) == pytest.approx(expected, abs=1e-12)


def test_information_of_known_tables():
    assert information(np.eye(4) / 4) == pytest.approx(math.log(4))
    assert information(np.full((2, 3), 1 / 6)) == pytest.approx(0, abs=1e-12)
    flip = 0.1  # a binary symmetric channel
    channel = np.array([[1 - flip, flip], [flip, 1 - flip]]) / 2
    assert information(channel) == pytest.approx(math.log(2) - entropy(np.array([flip, 1 - flip])))
    exclusive_or = np.zeros((2, 2, 2))
    for a in range(2):
        for b in range(2):
            exclusive_or[a, b, a ^ b] = 1 / 4
    assert information(exclusive_or.sum(axis=2)) == pytest.approx(0, abs=1e-12)
    assert conditional_information(exclusive_or) == pytest.approx(math.log(2))


@pytest.mark.parametrize('seed', range(5))
def test_what_a_code_tells_beyond_the_class_is_the_difference_that_ceb_is_built_on(seed):
    joint = table(seed=seed)  # p(x, y), and a noisy code of x alone: z - x - y
    code = np.random.default_rng(100 + seed).dirichlet(np.ones(4), len(joint))  # p(z|x)
    whole = np.einsum('xy,xz->xzy', joint, code)
    about_x, about_y = information(whole.sum(axis=2)), information(whole.sum(axis=0))
    assert conditional_information(whole) == pytest.approx(about_x - about_y, abs=1e-12)
    # a wrong model of p(z|y) only adds to the bound that CEBHead pays
    wrong = np.random.default_rng(200 + seed).dirichlet(np.ones(4), 3)  # b(z|y)
    bound = sum(
        p * (math.log(code[x, z]) - math.log(wrong[y, z])) for (x, z, y), p in np.ndenumerate(whole) if p > 0
    )
    assert bound >= conditional_information(whole)


def test_no_sweep_raises_the_objective():
    for point in ib_curve(table(), [0.5, 2, 5, 20], restarts=4):
        assert all(b <= a + 1e-10 for a, b in zip(point.sweeps, point.sweeps[1:]))


def test_without_weight_the_code_tells_nothing_and_with_much_it_tells_all_that_x_tells_of_y():
    joint = table()
    nothing, everything = ib_curve(joint, [0.0, 500.0])
    assert nothing.rate == pytest.approx(0, abs=1e-6)
    assert everything.relevance == pytest.approx(information(joint), abs=1e-3)


def test_a_code_never_tells_more_of_y_than_of_x_nor_than_x_does():
    joint = table(6, 4, seed=3)
    points = ib_curve(joint, [1.0, 1.5, 3.0, 10.0, 50.0])
    for point in points:
        assert point.relevance <= min(point.rate, information(joint)) + 1e-9
        assert np.allclose(point.encoder.sum(axis=1), 1)
    assert all(a.relevance <= b.relevance + 1e-6 for a, b in zip(points, points[1:]))


def test_a_deterministic_class_is_found_as_the_code():
    joint = np.zeros((6, 2))
    joint[:3, 0] = joint[3:, 1] = 1 / 6
    (point,) = ib_curve(joint, [5.0], num_codes=4)
    assert point.relevance == pytest.approx(math.log(2), abs=1e-4)
    assert point.rate == pytest.approx(math.log(2), abs=1e-3)  # and nothing else of x


@pytest.mark.parametrize('bad', [np.ones((2, 2)), np.array([[1.0, 0.0], [0.0, 0.0]]), np.ones(1)])
def test_what_is_no_joint_distribution_is_refused(bad):
    with pytest.raises(InputError, match='sums to'):
        ib_curve(bad, [1.0])
