"""Long-tailed training sets: many images of few classes, few of the others, made from a set that has enough of all."""

from typing import Any

import numpy as np

from mmcl.utils.errors import expect

from .class_labels import shuffled_by_class

_CHOICE = 0x6C6F6E677461696C  # keeps the choice of images apart from other hashes of (seed, row)
_KEYS = ('imbalance', 'profile', 'power', 'seed')
_REMEDY = 'Change long_tail in the dataset of the config, e.g. long_tail=dict(imbalance=100)'


def check_long_tail(long_tail: Any) -> None:
    """Refuse a ``long_tail`` argument that :class:`~mmcl.datasets.base.IndexedDataset` does not know.

    Raises:
        InputError: No dict, an unknown key, no ``imbalance``, or a value out of range.
    """
    if long_tail is None:
        return
    given = f'long_tail={long_tail!r}'
    good = isinstance(long_tail, dict) and set(long_tail) <= set(_KEYS) and 'imbalance' in long_tail
    expect(good, given, f'a dict with imbalance, and keys among {", ".join(_KEYS)}', _REMEDY)
    expect(long_tail['imbalance'] >= 1, given, 'an imbalance of at least 1', _REMEDY)
    profile = long_tail.get('profile', 'exp')
    expect(profile in ('exp', 'pareto'), given, "the profile 'exp' or 'pareto'", _REMEDY)
    expect(long_tail.get('power', 6) > 0, given, 'a power above 0', _REMEDY)


def long_tail_counts(
    largest: int, num_classes: int, imbalance: float, profile: str = 'exp', power: float = 6.0
) -> np.ndarray:
    r"""Images of each class, from the most to the fewest.

    ``'exp'``, as CIFAR-LT (https://arxiv.org/abs/1901.05555, section 5.1): :math:`\lfloor n_{max}\, r^{-c / (C - 1)} \rfloor` with r the
    imbalance. ``'pareto'``: the quantiles of a Pareto distribution of the second kind, :math:`((c + 1) / (C + 1))^{-1 / \alpha} - 1`,
    scaled to :math:`n_{max}` at c = 0 and nowhere below :math:`n_{max} / r`. With power 6, 1,000 classes, 1,280 images and r = 256
    it gives 117,137 images, where ImageNet-LT (https://arxiv.org/abs/1904.05160), drawn with that power, has 115,846.

    Args:
        largest (int): :math:`n_{max}`, >= 1.
        num_classes (int): C, >= 1.
        imbalance (float): Images of the first class over those of the last, r >= 1.
        profile (str): 'exp' or 'pareto'.
        power (float): The Pareto distribution's, :math:`\alpha` > 0.

    Returns:
        ndarray: int64 (C,), falling, each at least 1.
    """
    place = np.arange(num_classes)
    if profile == 'exp':
        share = float(imbalance) ** -(place / max(num_classes - 1, 1))
    else:
        quantiles = ((place + 1) / (num_classes + 1)) ** (-1 / power) - 1
        share = np.maximum(quantiles / quantiles[0], 1 / imbalance)
    return np.maximum(np.floor(largest * share + 1e-9), 1).astype(np.int64)  # 5.0 may come out as 4.999...


def long_tail_rows(labels: np.ndarray, long_tail: dict) -> np.ndarray:
    """Choose the images that a long-tailed set keeps.

    Classes are taken in the order of their numbers, the first with the most images. Which images is random, fixed by the seed and the
    images' places; what a set of more imbalance keeps, one of less keeps too.

    Args:
        labels (ndarray): int64 (N,); unknown ones, -1, are not kept.
        long_tail (dict): A checked ``long_tail`` argument.

    Returns:
        ndarray: int64, ascending.

    Raises:
        InputError: No image has a label.
    """
    settings = {key: value for key, value in long_tail.items() if key != 'seed'}
    known = labels[labels >= 0]
    given = f'long_tail={long_tail} for {len(labels)} images without labels'
    expect(
        len(known) > 0,
        given,
        'images with labels',
        'Give labelled images, or take long_tail out of the dataset',
    )
    there = np.bincount(known)
    wanted = long_tail_counts(int(there.max()), len(there), **settings)
    classes = shuffled_by_class(labels, long_tail.get('seed', 0), _CHOICE)
    return np.sort(np.concatenate([rows[: wanted[labels[rows[0]]]] for rows in classes]))
