"""Which orders a jigsaw puzzle may come in."""

from itertools import chain, permutations
from math import factorial

import numpy as np
import torch
from torch import Tensor

from mmcl.utils.errors import expect


def distant_permutations(num: int, length: int = 9, seed: int = 0) -> Tensor:
    """Permutations far from one another, chosen greedily (Noroozi and Favaro 2016, https://arxiv.org/abs/1603.09246, algorithm 1).

    The first is drawn; each next one is the one that differs in most places, on average, from those chosen so far, the first in
    lexicographic order where several do.

    Args:
        num (int): P, from 1 to ``length`` factorial.
        length (int): Pieces, from 1 to 9; 9 are 362,880 permutations, of which choosing 1,000 takes some seconds. Defaults to 9.
        seed (int): Decides the first one. Defaults to 0.

    Returns:
        Tensor: int64 (P, length), each row 0 to ``length`` - 1, no two rows equal.

    Raises:
        InputError: ``num`` or ``length`` outside its range.
    """
    expect(
        1 <= length <= 9,
        f'A puzzle of {length} pieces',
        '1 to 9 pieces',
        'Set grid of the tiles to 3 or less',
    )
    total = factorial(length)
    given = f'{num} permutations of {length} pieces'
    expect(1 <= num <= total, given, f'1 to {total}', 'Set model.num_permutations')
    everything = np.fromiter(chain.from_iterable(permutations(range(length))), np.int8, total * length)
    places = np.ascontiguousarray(
        everything.reshape(total, length).T
    )  # (length, total): a place at a time is fast
    distances = np.zeros(total, np.int32)  # summed over the chosen ones
    chosen = [int(np.random.default_rng(seed).integers(total))]
    while len(chosen) < num:
        distances[chosen[-1]] = np.iinfo(np.int32).min  # never again: no sum of distances brings it back
        for place in places:
            distances += place != place[chosen[-1]]
        chosen.append(int(distances.argmax()))
    return torch.from_numpy(places[:, chosen].T.astype(np.int64))
