"""What a layer tells of its input and of the class: points of the information plane (https://arxiv.org/abs/1703.00810)."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmcl.utils.errors import expect

from .information_bottleneck import entropy

_PAIRS = 1 << 22  # squared distances held at once
_SATURATED = 0.99  # share of ln N from which on almost every image has a pattern of its own


def binned_information(
    activations: Tensor, labels: Tensor, bins: int = 30, bounds: tuple[float, float] | None = None
) -> dict[str, float]:
    """Cut each unit's values into bins and count the patterns, as Shwartz-Ziv and Tishby did.

    The network is deterministic and the images are distinct, so I(X; T) is the entropy of the patterns; I(T; Y) is that less its mean over
    classes. Both are those of N images, not of the distribution that they are from.

    Args:
        activations (Tensor): (N, d).
        labels (Tensor): int64 (N,).
        bins (int): Of equal width, >= 2. Defaults to 30.
        bounds (tuple[float, float], optional): Between which; larger and smaller values fall into the last bins, which is only right for
            units that end there, as (-1, 1) for tanh. Defaults to None: the layer's own least and largest value.

    Returns:
        dict[str, float]: ``i_xt`` and ``i_ty``, nats; ``clipped``, the share of values outside the bounds; ``saturated``, 1.0 where nearly
        every image has a pattern of its own, so that ``i_xt`` is ln N and ``i_ty`` H(Y) whatever the layer does, else 0.0.

    Raises:
        InputError: Fewer than two ``bins``, or bounds in the wrong order.
    """
    good = bins >= 2 and (bounds is None or bounds[0] < bounds[1])
    expect(
        good,
        f'The information plane has bins={bins}, bounds={bounds}',
        'two bins or more between a lower and an upper bound',
        'Set bins and bounds of InformationPlaneHook',
    )
    low, high = bounds or (activations.min().item(), activations.max().item())
    clipped = ((activations < low) | (activations > high)).double().mean().item()
    edges = torch.linspace(low, high, bins + 1, dtype=torch.float64)[1:-1].to(activations)
    cells = torch.bucketize(activations.contiguous(), edges).to(torch.int16).numpy()
    rows = np.ascontiguousarray(cells).view(np.dtype((np.void, cells.dtype.itemsize * cells.shape[1])))[:, 0]
    patterns = np.unique(rows, return_inverse=True)[1]
    i_xt = _entropy_of(patterns)
    i_ty = i_xt - _mean_over_classes(lambda part: _entropy_of(patterns[part]), labels)
    saturated = i_xt >= _SATURATED * math.log(max(len(rows), 2))
    return dict(i_xt=i_xt, i_ty=max(i_ty, 0.0), clipped=clipped, saturated=float(saturated))


def kde_information(activations: Tensor, labels: Tensor, noise: float = 0.3) -> dict[str, float]:
    r"""Bounds of what a layer with Gaussian noise added tells (Kolchinsky and Tracey, https://arxiv.org/abs/1706.02419).

    :math:`I(X; T) \le -\frac1N \sum_i \ln \frac1N \sum_j e^{-|t_i - t_j|^2 / 2 \sigma^2}`, and with 8 sigma^2 in place of 2 sigma^2
    it is at least that. I(T; Y) is the upper one less its mean over classes.

    Args:
        activations (Tensor): (N, d).
        labels (Tensor): int64 (N,).
        noise (float): sigma, in units of the activations, > 0. Defaults to 0.3, the variance 0.1 of the authors' code.

    Returns:
        dict[str, float]: ``i_xt``, ``i_xt_lower`` and ``i_ty``, nats; ``saturated``, as :func:`binned_information`.

    Raises:
        InputError: ``noise`` <= 0.
    """
    given = f'The information plane has noise={noise}'
    expect(noise > 0, given, 'a number above 0', 'Set noise of InformationPlaneHook')
    rows = activations.double()
    upper, lower = (_spread(rows, noise * factor) for factor in (1, 2))
    i_ty = upper - _mean_over_classes(lambda part: _spread(rows[torch.from_numpy(part)], noise), labels)
    saturated = lower >= _SATURATED * math.log(max(len(rows), 2))
    return dict(i_xt=upper, i_xt_lower=lower, i_ty=max(i_ty, 0.0), saturated=float(saturated))


def _entropy_of(patterns: np.ndarray) -> float:
    counts = np.unique(patterns, return_counts=True)[1]
    return entropy(counts / counts.sum())


def _mean_over_classes(of_rows, labels: Tensor) -> float:
    """The mean of ``of_rows(which)`` over classes, weighted by their images."""
    classes = labels.numpy()
    parts = [np.flatnonzero(classes == label) for label in np.unique(classes)]
    return sum(len(part) / len(classes) * of_rows(part) for part in parts)


def _spread(rows: Tensor, sigma: float) -> float:
    num, total = len(rows), 0.0
    for part in rows.split(max(_PAIRS // num, 1)):
        exponents = torch.cdist(part, rows, compute_mode='donot_use_mm_for_euclid_dist').square() / (
            -2 * sigma**2
        )
        total -= (exponents.logsumexp(dim=1) - math.log(num)).sum().item()
    return max(total / num, 0.0)


ESTIMATORS = dict(binning=binned_information, kde=kde_information)


def draw(runs: Mapping[str, Mapping[str, Any]], path: str) -> None:
    """Plot the way of each layer through the plane, a panel a run, from dark (the start) to bright.

    Args:
        runs (Mapping): Name of a run -> ``about``, how the numbers were estimated, and ``rows``, each with ``iter`` and ``layers``: by name
            what an estimator gave.
        path (str): PNG to write.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.5, 4.6 * len(runs)))
    FigureCanvasAgg(figure)
    for number, (run, report) in enumerate(runs.items()):
        axis, rows = figure.add_subplot(len(runs), 1, number + 1), report['rows']
        for marker, layer in zip('osD^v<>Pp*' * len(rows[-1]['layers']), rows[-1]['layers']):
            points = [row['layers'][layer] for row in rows]
            across, up = ([point[name] for point in points] for name in ('i_xt', 'i_ty'))
            saturated = ' (saturated)' if points[-1]['saturated'] else ''
            axis.plot(across, up, '-', color='0.8', linewidth=0.8, zorder=1)
            shown = axis.scatter(
                across, up, c=[row['iter'] for row in rows], marker=marker, label=layer + saturated, zorder=2
            )
        figure.colorbar(shown, ax=axis, label='iteration')
        axis.set_title(f'{run}: {report["about"]}', fontsize=8)
        axis.set_xlabel('I(X; T), nats')
        axis.set_ylabel('I(T; Y), nats')
        axis.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
