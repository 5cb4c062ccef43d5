"""The centre and the residuals of embeddings: how a network collapses, or does not (https://arxiv.org/abs/2203.16262)."""

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from mmcl.registry import METRICS

from .view_pairs import ViewPairMetric

_PANELS = (
    (('center', 'residual'), 'length of the centre, mean of the residuals'),
    (('correlation', 'spread'), 'correlation between dimensions, spread'),
    (('eta',), 'eta: share of the predictions\' centre in the extra gradient\'s'),
)  # fmt: skip


def center_residual(embeddings: Tensor) -> tuple[Tensor, Tensor]:
    """Split unit vectors into what they share and the rest (section 4.1): Z = o + r, o the mean.

    Args:
        embeddings (Tensor): (M, D), of any length; each row is scaled to length 1 first.

    Returns:
        tuple[Tensor, Tensor]: The centre (D,), and the residuals (M, D), whose mean is 0. The squared length of the centre and the mean
        squared length of the residuals add up to 1.
    """
    rows = F.normalize(embeddings, dim=1)
    center = rows.mean(dim=0)
    return center, rows - center


@torch.no_grad()
def collapse_statistics(keys: Tensor, queries: Tensor | None = None) -> dict[str, float]:
    """The paper's numbers of a batch. Of few rows the centre is never short: its length is at least about 1 / sqrt(M).

    Args:
        keys (Tensor): Projections Z, (M, D), of any length.
        queries (Tensor, optional): Predictions P of the same rows, (M, D), of any length.

    Returns:
        dict[str, float]: ``center``, the length of the mean of Z (collapse: 1), and ``residual``, the mean length of what is left (0);
        ``spread``, the mean standard deviation of a dimension times sqrt(D) (0 collapsed, 1 uniform); ``correlation``, the mean absolute
        correlation of two dimensions. With ``queries`` also ``query_center``, ``query_residual`` and ``eta``: the extra gradient of a
        prediction, Z - P, has a centre; ``eta`` is the multiple of the predictions' own centre that lies in it. Below 0 it pulls
        predictions away from their centre (section 4.3; about -0.5 in healthy training).
    """
    center, residual = center_residual(keys.float())
    deviation = residual.square().mean(dim=0).sqrt()
    scaled = residual / deviation.clamp(min=1e-12)
    correlation = scaled.T @ scaled / len(scaled)
    dim = len(center)
    others = correlation.abs().sum() - correlation.diagonal().abs().sum()
    numbers = dict(
        center=center.norm(),
        residual=residual.norm(dim=1).mean(),
        spread=deviation.mean() * dim**0.5,
        correlation=others / max(dim * (dim - 1), 1),
    )
    if queries is not None:
        query_center, query_residual = center_residual(queries.float())
        numbers.update(
            query_center=query_center.norm(),
            query_residual=query_residual.norm(dim=1).mean(),
            eta=(center - query_center) @ query_center / query_center.square().sum().clamp(min=1e-12),
        )
    return dict(zip(numbers, torch.stack(list(numbers.values())).tolist()))


def draw(runs: Mapping[str, Sequence[Mapping[str, float]]], path: str) -> None:
    """Plot the numbers over the iterations.

    Args:
        runs (Mapping): Name of a run -> its rows, each with ``iter`` and what :func:`collapse_statistics` gave.
        path (str): PNG to write.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    panels = [names for names in _PANELS if any(names[0][0] in row for rows in runs.values() for row in rows)]
    figure = Figure(figsize=(8.5, 2.6 * len(panels)))
    FigureCanvasAgg(figure)
    for number, (names, title) in enumerate(panels):
        axis = figure.add_subplot(len(panels), 1, number + 1)
        for colour, (run, rows) in enumerate(runs.items()):
            for name, style in zip(names, ('-', '--')):
                points = [(row['iter'], row[name]) for row in rows if name in row]
                if points:
                    label = f'{run}: {name}' if len(runs) > 1 else name
                    axis.plot(*zip(*points), style, color=f'C{colour}', label=label)
        axis.set_title(title, fontsize=9)
        axis.legend(fontsize=7, loc='upper left', bbox_to_anchor=(1.01, 1))
    axis.set_xlabel('iteration')
    figure.tight_layout()
    figure.savefig(path, dpi=110)


@METRICS.register_module()
class CenterResidualMetric(ViewPairMetric):
    """Centre, residual, spread and correlation of one view's embeddings in evaluation mode, see :func:`collapse_statistics`.

    They differ from those of a training step, where batch norm takes the batch's statistics.

    Args:
        prefix (str, optional): Defaults to None: 'views'.
    """

    def compute(self, first: Tensor, second: Tensor) -> dict[str, float]:
        """The numbers of the first view."""
        return collapse_statistics(first)
