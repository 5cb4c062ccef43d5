"""How images are mixed with others of their batch."""

from typing import List, Sequence, Tuple

import numpy as np
import torch
from mmpretrain.structures import DataSample
from torch import Tensor

from mmcl.registry import TASK_UTILS
from mmcl.utils.errors import expect, expect_each
from mmcl.utils.sample_random import batch_key


@TASK_UTILS.register_module()
class MixupViews:
    r"""Appends views that are mixed with other images: :math:`\tilde x_i = \lambda_i x_i + (1 - \lambda_i) x_{\pi(i)}`.

    i-Mix (https://arxiv.org/abs/2010.08887, section 3.2) after mixup (https://arxiv.org/abs/1710.09412). Each image has its own
    :math:`\lambda \sim \mathrm{Beta}(\alpha, \alpha)`, folded, so that the larger share is its own, and :math:`\pi` is a permutation of
    this process's batch. Each sample is told its ``share`` and whom it was ``mixed_with``, for all its mixed views alike (the authors' code
    draws again for the second direction of a symmetric loss). Draws are a function of (seed, iteration, rank).

    Args:
        alpha (float): Of the Beta distribution, >= 0; 0 mixes nothing. Defaults to 1.
        views (Sequence[int]): Views to mix; the mixed ones stand behind all others, in this order. Defaults to (0,).

    Raises:
        InputError: ``alpha`` < 0, or ``views`` names a view that is not there.
    """

    def __init__(self, alpha: float = 1.0, views: Sequence[int] = (0,)) -> None:
        given = f'{type(self).__name__} has alpha={alpha}'
        expect(alpha >= 0, given, 'a number >= 0', 'Set alpha in model.data_preprocessor.mixing')
        self.alpha, self.views = alpha, tuple(views)

    def __call__(self, views: List[Tensor], data_samples: Sequence[DataSample]) -> List[Tensor]:
        """Give the views, then the mixed ones, each (N, C, H, W); the samples are told how."""
        given, last = (
            f'{type(self).__name__} has views={self.views} and was given {len(views)}',
            len(views) - 1,
        )
        remedy = 'Set views in model.data_preprocessor.mixing, or list more views'
        expect(all(0 <= v <= last for v in self.views), given, f'views from 0 to {last}', remedy)
        sources = [views[v] for v in self.views]
        random = np.random.default_rng(batch_key('mixing'))
        partner = torch.from_numpy(random.permutation(len(data_samples)))
        mixed, shares = self.mix(sources, partner, random)
        for sample, share, other in zip(data_samples, shares, partner.tolist()):
            sample.set_field(share, 'share', field_type='metainfo')
            sample.set_field(other, 'mixed_with', field_type='metainfo')
        return [*views, *mixed]

    def draw(self, random: np.random.Generator, num: int) -> np.ndarray:
        """Own shares, float64 (num,) in [0.5, 1]."""
        share = random.beta(self.alpha, self.alpha, num) if self.alpha else np.ones(num)
        return np.maximum(share, 1 - share)

    def mix(
        self, views: List[Tensor], partner: Tensor, random: np.random.Generator
    ) -> Tuple[List[Tensor], List[float]]:
        """The views mixed with those of ``partner``, and each image's own share."""
        shares = self.draw(random, len(partner))
        weight = torch.from_numpy(shares).to(views[0])[:, None, None, None]
        return [view * weight + view[partner] * (1 - weight) for view in views], shares.tolist()


@TASK_UTILS.register_module()
class CutMixViews(MixupViews):
    r"""Appends views into which a box of another image is pasted (i-Mix with CutMix, https://arxiv.org/abs/1905.04899).

    One folded :math:`\lambda` and one box for the batch; its sides are :math:`\sqrt{1 - \lambda}` of the view's, rounded down,
    its centre is uniform, and what sticks out is cut off. The shares are then those of the areas.

    Args:
        alpha (float): Of the Beta distribution, >= 0; 0 mixes nothing. Defaults to 1.
        views (Sequence[int]): Views to mix, all of one size. Defaults to (0,).
    """

    def mix(
        self, views: List[Tensor], partner: Tensor, random: np.random.Generator
    ) -> Tuple[List[Tensor], List[float]]:
        """The views with a box of ``partner``'s, and each image's own share of the area."""
        size = views[0].shape[2:]
        same = all(view.shape[2:] == size for view in views)
        expect(same, 'CutMix was given views of several sizes', 'one size', 'Set views of mixing')
        root = (1 - float(self.draw(random, 1)[0])) ** 0.5
        box, area = [], 1
        for side in size:
            half, centre = int(side * root) // 2, int(random.integers(side))
            box.append(slice(max(centre - half, 0), min(centre + half, side)))
            area *= box[-1].stop - box[-1].start
        mixed = [view.clone() for view in views]
        for result, view in zip(mixed, views):
            result[:, :, box[0], box[1]] = view[partner][:, :, box[0], box[1]]
        return mixed, [1 - area / size.numel()] * len(partner)


@TASK_UTILS.register_module()
class InputMix:
    """Mixes each view with others as an augmentation, labels unchanged (i-Mix, https://arxiv.org/abs/2010.08887, section 3.4).

    For data without augmentations of its own. Half of every image is itself; the other half is shared among itself and ``num_others``
    images of any view, by a Dirichlet distribution. Draws are a function of (seed, iteration, rank). It stands before :class:`MixupViews`.

    Args:
        num_others (int): Images mixed in, >= 1. Defaults to 2.
        alpha (float): Of the Dirichlet distribution, > 0. Defaults to 1.

    Raises:
        InputError: A number below its range.
    """

    def __init__(self, num_others: int = 2, alpha: float = 1.0) -> None:
        expect_each(
            'InputMix has',
            'Set {name} in model.data_preprocessor.mixing',
            ('num_others', num_others, num_others >= 1, 'at least 1'),
            ('alpha', alpha, alpha > 0, 'a number above 0'),
        )
        self.num_others, self.alpha = num_others, alpha

    def __call__(self, views: List[Tensor], data_samples: Sequence[DataSample]) -> List[Tensor]:
        """Give as many views, each (N, C, H, W), of mixed images."""
        random = np.random.default_rng(batch_key('input mix'))
        everything = torch.cat(views)
        weights = random.dirichlet([self.alpha] * (1 + self.num_others), len(everything)) / 2
        weights[:, 0] += 0.5
        weights = torch.from_numpy(weights).to(everything)[..., None, None, None]
        mixed = everything * weights[:, 0]
        for other in range(1, 1 + self.num_others):
            mixed += everything[torch.from_numpy(random.permutation(len(everything)))] * weights[:, other]
        return list(mixed.chunk(len(views)))
