"""Encoder pairs that also tell what the backbone made of each view."""

from typing import Dict, List, Sequence, Tuple, Union

import torch
from torch import Tensor, nn

from mmcl.models.necks import pool
from mmcl.registry import MODELS
from mmcl.structures import ViewFeatures
from mmcl.utils.errors import expect_each
from mmcl.utils.own_rows import own_rows
from mmcl.utils.step_random import step_generator

from .base import Embeddings, EncoderPair, Pairs, Views, precise
from .ema_pair import EMAPair
from .shared_pair import SharedPair


class _Tap:
    """A learner's network that notes what its backbone gives, and passes it on with noise.

    Args:
        learner (nn.Module): Has ``backbone``, ``neck``, ``predictor``.
        noise (float): Standard deviation.
        num (int): Images of a view.
    """

    def __init__(self, learner: nn.Module, noise: float, num: int) -> None:
        self.neck, self.predictor = learner.neck, learner.predictor
        self.network, self.noise, self.num = learner.backbone, noise, num
        self.views: List[ViewFeatures] = []

    def backbone(self, images: Tensor) -> Union[Tensor, Sequence[Tensor]]:
        """Images of one view or several, (V * N, 3, H, W), through the backbone."""
        outputs = self.network(images)
        levels = outputs if isinstance(outputs, (tuple, list)) else [outputs]
        clean = [precise(pool(level)) for level in levels]
        first = len(self.views)
        for view, parts in enumerate(zip(*(each.split(self.num) for each in (images, *clean))), first):
            noisy = [self._noisy(each, f'{view} {level}') for level, each in enumerate(parts[1:])]
            self.views.append(ViewFeatures(parts[0], list(parts[1:]), noisy))
        if not self.noise:
            return outputs
        return [torch.cat(level) for level in zip(*(made.noisy for made in self.views[first:]))]

    def _noisy(self, clean: Tensor, name: str) -> Tensor:
        if not self.noise:
            return clean
        generator = step_generator(f'representation noise {name}')
        drawn = own_rows(lambda rows: torch.randn(rows, clean.shape[1], generator=generator), len(clean))
        return clean + self.noise * drawn.to(clean)


class _Tapped(EncoderPair):
    """Adds to the queries, as ``'features'``, what the online backbone made of each view, with noise or without."""

    def __init__(self, noise: float = 0.0, **kwargs) -> None:
        super().__init__(**kwargs)
        expect_each(
            f'{type(self).__name__} has',
            'Set model.encoder.{name}',
            ('noise', noise, noise >= 0, 'a standard deviation >= 0'),
            ('chunk_size', self.chunk_size, self.chunk_size is None, 'None'),
        )
        self.noise = noise

    def forward(self, learner: nn.Module, views: Views, pairs: Pairs) -> Tuple[Dict, Embeddings]:
        """Queries, with a list of :class:`ViewFeatures` under ``'features'``, views in ascending order, and keys."""
        tap = _Tap(learner, self.noise, len(views[0]))
        queries, keys = super().forward(tap, views, pairs)
        return {**queries, 'features': tap.views}, keys


@MODELS.register_module()
class TappedPair(_Tapped, SharedPair):
    """A :class:`SharedPair` for a ``regulariser`` that looks at features (https://arxiv.org/abs/2203.07004).

    Args:
        noise (float): Standard deviation of Gaussian noise, zeta, that is added to the pooled outputs of the backbone on the way to the
            projector, in training, >= 0; a function of (seed, iteration, place in the batch). Defaults to 0.
        **kwargs: See :class:`SharedPair`, without ``chunk_size``.

    Raises:
        InputError: A negative ``noise``, or a ``chunk_size``.
    """


@MODELS.register_module()
class TappedEMAPair(_Tapped, EMAPair):
    """An :class:`EMAPair` for a ``regulariser`` that looks at features: the online network's; the target has no noise.

    Args:
        noise (float): See :class:`TappedPair`. Defaults to 0.
        **kwargs: See :class:`EMAPair`, without ``chunk_size``.

    Raises:
        InputError: A negative ``noise``, or a ``chunk_size``.
    """

    def forward(self, learner: nn.Module, views: Views, pairs: Pairs) -> Tuple[Dict, Embeddings]:
        """Queries with ``'features'``, and keys."""
        self._copy_once(learner)  # of the learner itself, not of the tap
        return super().forward(learner, views, pairs)
