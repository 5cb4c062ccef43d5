"""Permutations of a jigsaw puzzle."""

from itertools import permutations

import pytest
import torch

from mmcl.models.policies import distant_permutations
from mmcl.utils.errors import InputError


def hamming(one, other):
    return sum(a != b for a, b in zip(one, other))


def test_the_set_is_that_of_the_greedy_loop():
    everything = list(permutations(range(4)))
    found = [tuple(row) for row in distant_permutations(12, 4, seed=3).tolist()]
    chosen = [found[0]]
    while len(chosen) < 12:
        rest = [p for p in everything if p not in chosen]
        means = [sum(hamming(p, c) for c in chosen) / len(chosen) for p in rest]
        chosen.append(rest[means.index(max(means))])
    assert found == chosen


def test_all_permutations_come_before_one_comes_twice():
    rows = distant_permutations(24, 4).tolist()
    assert sorted(map(tuple, rows)) == list(permutations(range(4)))


def test_the_set_is_farther_apart_than_random_permutations():
    chosen = distant_permutations(40)
    random = torch.stack([torch.randperm(9) for _ in range(40)])
    distance = lambda p: (p[:, None] != p).sum(2)[~torch.eye(40, dtype=torch.bool)].double()  # noqa: E731
    assert chosen.sort(dim=1).values.eq(torch.arange(9)).all()
    assert distance(chosen).min() >= 2
    assert distance(chosen).mean() > distance(random).mean() + 0.1


def test_the_seed_decides_the_set():
    assert torch.equal(distant_permutations(5, 6, seed=1), distant_permutations(5, 6, seed=1))
    assert not torch.equal(distant_permutations(5, 6, seed=1), distant_permutations(5, 6, seed=2))


@pytest.mark.parametrize('num, length', [(25, 4), (0, 4), (10, 10)])
def test_more_permutations_than_there_are_or_a_larger_puzzle_are_refused(num, length):
    with pytest.raises(InputError, match='Expected 1 to'):
        distant_permutations(num, length)
