"""Accuracies that count classes, for training sets with many images of some and few of others."""

import numpy as np


def class_accuracies(labels: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Share of right answers of each class, in percent.

    Args:
        labels (ndarray): Classes of N images, int (N,), >= 0.
        right (ndarray): Whether they were classified rightly, bool (N,).

    Returns:
        ndarray: float64 (C,), C the highest class + 1; NaN for a class without images.
    """
    images = np.bincount(labels)
    hits = np.bincount(labels, weights=right, minlength=len(images))
    return np.divide(100.0 * hits, images, out=np.full(len(images), np.nan), where=images > 0)


def shot_accuracies(accuracies: np.ndarray, counts: np.ndarray, few: int, medium: int) -> dict[str, float]:
    """Mean accuracies of classes with many, with some and with few training images (https://arxiv.org/abs/1904.05160, section 4.1).

    Args:
        accuracies (ndarray): Of each class, float (C,); NaN where unknown.
        counts (ndarray): Training images of each class, int (K,); 0 for classes from K on.
        few (int): The most images of a few-shot class (KCL: 20; who counts 20 as medium takes 19).
        medium (int): The most of a medium-shot class (100).

    Returns:
        dict: ``many``, ``medium`` and ``few``; what no class belongs to is left out.
    """
    counts = np.pad(counts, (0, max(len(accuracies) - len(counts), 0)))[: len(accuracies)]
    kinds = dict(many=counts > medium, medium=(counts > few) & (counts <= medium), few=counts <= few)
    known = ~np.isnan(accuracies)
    return {
        name: float(accuracies[chosen & known].mean())
        for name, chosen in kinds.items()
        if (chosen & known).any()
    }


def balancedness(accuracies: np.ndarray, sigma: float = 100.0) -> float:
    r"""How evenly a feature space serves all classes, :math:`\frac{1}{C^2} \sum_{ij} \exp(-|a_i - a_j| / \sigma)`.

    KCL (https://openreview.net/forum?id=OqtLIabPTit, section 3.1). The paper does not give its sigma; numbers at another one are not
    comparable.

    Args:
        accuracies (ndarray): Of each class, in percent, float (C,); NaN where unknown, which does not count.
        sigma (float): Scale in percent, > 0.

    Returns:
        float: In (0, 1]; 1 for equal accuracies.
    """
    known = accuracies[~np.isnan(accuracies)]
    return float(np.exp(-np.abs(known[:, None] - known) / sigma).mean())
