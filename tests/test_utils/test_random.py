"""Random numbers that are functions of their keys."""

import numpy as np
import torch
from mmengine.logging import MessageHub

from mmcl.utils.keyed_random import mix, step_keys, uniform
from mmcl.utils.step_random import step_generator


def slow_splitmix(x):
    mask = 2**64 - 1
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & mask
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & mask
    return x ^ (x >> 31)


def test_mix_matches_the_published_finaliser_in_python_integers():
    state = 0
    for part in (5, 2**40 + 3, 0):
        state = slow_splitmix((state + 0x9E3779B97F4A7C15 + part) % 2**64)
    assert int(mix(5, 2**40 + 3, 0)) == state


def test_mix_broadcasts_and_depends_on_order():
    assert mix(1, np.arange(3)).tolist() == [int(mix(1, i)) for i in range(3)]
    assert mix(1, 2) != mix(2, 1)


def test_uniform_numbers_are_uniform_and_independent_of_the_batch():
    many = uniform(np.arange(20000), 3)
    assert many.shape == (20000, 3) and many.min() >= 0 and many.max() < 1
    assert np.allclose(many.mean(0), 0.5, atol=0.01) and np.allclose(many.var(0), 1 / 12, atol=0.005)
    assert np.abs(np.corrcoef(many.T) - np.eye(3)).max() < 0.03
    assert np.array_equal(many[7], uniform(7, 3))


def draw(name, rank=0):
    return torch.rand(4, generator=step_generator(name, rank)).tolist()


def test_step_generator_is_a_function_of_seed_iteration_name_and_rank():
    hub = MessageHub.get_current_instance()
    hub.update_info('iter', 3)
    torch.manual_seed(1)
    first = draw('a')
    torch.rand(5)  # what else was drawn does not matter
    assert draw('a') == first
    assert draw('b') != first and draw('a', rank=1) != first
    hub.update_info('iter', 4)
    assert draw('a') != first
    hub.update_info('iter', 3)
    torch.manual_seed(2)
    assert draw('a') != first
    hub.update_info('iter', 0)


def test_step_keys_are_a_function_of_seed_iteration_name_and_image():
    hub, ids = MessageHub.get_current_instance(), np.array([5, 2, 9])
    torch.manual_seed(1)
    first = step_keys('a', ids)
    torch.rand(5)  # what else was drawn does not matter
    assert np.array_equal(step_keys('a', ids), first)
    assert np.array_equal(step_keys('a', ids[::-1]), first[::-1]) and len(set(first.tolist())) == 3
    assert not (step_keys('b', ids) == first).any()
    hub.update_info('iter', 1)
    assert not (step_keys('a', ids) == first).any()
    hub.update_info('iter', 0)
    torch.manual_seed(2)
    assert not (step_keys('a', ids) == first).any()
