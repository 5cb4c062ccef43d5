"""From a batch of images to grids of patches."""

from collections.abc import Sequence
from typing import Optional

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from mmcl.datasets.transforms.batch_view import batch_view
from mmcl.datasets.transforms.random_view import RandomView
from mmcl.registry import MODELS
from mmcl.structures import single_view, view_keys
from mmcl.utils.errors import expect, expect_each
from mmcl.utils.keyed_random import mix, uniform

from .preprocessor import ViewPreprocessor

_PATCHES = 0x9A7C4  # the views' own draws are keyed by their numbers
_CPU_VALUES = 3 * 128 * 32 * 32  # worked on at once on a CPU, as views are


@MODELS.register_module()
class PatchPreprocessor(ViewPreprocessor):
    """Cuts images into overlapping patches and, in training, augments each by itself (CPC v2, https://arxiv.org/abs/1905.09272, appendix).

    What changes a whole image alike would be seen in every patch and make the prediction easier. The draw of a patch is a function of the
    sample's ``view_key`` and of the patch's number. The paper draws from AutoAugment's operations and others; here it is a
    ``RandomView`` of the patch, and a shear.

    Args:
        patch (int): Side of a patch in pixels, >= 1. Defaults to 80.
        stride (int): From one to the next, >= 1. Defaults to 36.
        patch_view (dict, optional): Arguments of the ``RandomView`` of a patch, without ``size``. None: patches stay as they are.
        shear_prob (float): Probability of a shear of a patch, in [0, 1]. Defaults to 0.
        shear (float): Largest shear along either axis, in sides, >= 0. Defaults to 0.3, AutoAugment's.
        views (list[dict], optional): One ``RandomView``, of the whole image, made before.
        **kwargs: See :class:`ViewPreprocessor`.

    Shapes: ``inputs`` (N, C, H, W) or a list of one -> float32 (N, rows, columns, 3, patch, patch).
    Raises: InputError: a number outside its range, several views, or an image smaller than a patch.
    """

    def __init__(
        self,
        patch: int = 80,
        stride: int = 36,
        patch_view: Optional[dict] = None,
        shear_prob: float = 0.0,
        shear: float = 0.3,
        views: Optional[Sequence[dict]] = None,
        **kwargs,
    ) -> None:
        super().__init__(views=views, **kwargs)
        expect_each(
            'PatchPreprocessor has',
            'Set model.data_preprocessor.{name}',
            ('patch', patch, patch >= 1, 'at least 1 px'),
            ('stride', stride, stride >= 1, 'at least 1 px'),
            ('shear_prob', shear_prob, 0 <= shear_prob <= 1, 'a probability from 0 to 1'),
            ('shear', shear, shear >= 0, 'a number >= 0'),
            ('views', views, views is None or len(views) == 1, 'one view, or None'),
        )
        self.patch, self.stride = patch, stride
        self.patch_view = None if patch_view is None else RandomView(**{**patch_view, 'size': patch})
        self.shear_prob, self.shear = shear_prob, shear

    def forward(self, data: dict, training: bool = False) -> dict:
        """Preprocess a collated batch."""
        images = single_view(self.cast_data(data['inputs']), type(self).__name__)
        data_samples = data.get('data_samples')
        if training and self.views is not None:
            (images,) = self.views.make(images, data_samples, _in_colour, self.memory_format)
        grid = self._cut(_in_colour(images))
        patches = grid.flatten(0, 2)
        if training and self.patch_view is not None:
            patches = self._augment(patches, data_samples)
        patches = self._normalise(patches).contiguous(memory_format=self.memory_format)
        return dict(inputs=patches.unflatten(0, grid.shape[:3]), data_samples=data_samples)

    def _cut(self, images: Tensor) -> Tensor:
        """(N, 3, H, W) -> (N, rows, columns, 3, patch, patch)."""
        given, side = f'An image of {tuple(images.shape[2:])} px', min(images.shape[2:])
        remedy = 'Set model.data_preprocessor.patch, or larger views'
        expect(side >= self.patch, given, f'at least a patch, {self.patch} px, high and wide', remedy)
        grid = images.unfold(2, self.patch, self.stride).unfold(3, self.patch, self.stride)
        return grid.permute(0, 2, 3, 1, 4, 5)

    @torch.no_grad()
    def _augment(self, patches: Tensor, data_samples: Sequence) -> Tensor:
        """A random view of each patch (M, 3, patch, patch), values 0-255."""
        samples = view_keys(data_samples)
        numbers = np.arange(len(patches) // len(samples), dtype=np.uint64)
        keys = mix(samples[:, None], _PATCHES, numbers).flatten()
        step = len(patches)
        if patches.device.type == 'cpu':
            step = max(1, _CPU_VALUES // (3 * self.patch**2))
        made = [self._view(patches[i : i + step], keys[i : i + step]) for i in range(0, len(patches), step)]
        return torch.cat(made)

    def _view(self, patches: Tensor, keys: np.ndarray) -> Tensor:
        made = batch_view(self.patch_view, patches, self.patch_view.draw(keys, self.patch, self.patch))
        drawn = uniform(mix(keys, _PATCHES), 3)
        sheared = (drawn[:, 0] < self.shear_prob).nonzero()[0]
        if len(sheared):
            amounts = (2 * drawn[sheared, 1:] - 1) * self.shear
            rows = torch.from_numpy(sheared).to(made.device)
            made[rows] = shear(made[rows], torch.from_numpy(amounts).to(made))
        return made


def _in_colour(images: Tensor) -> Tensor:
    return images.float().expand(-1, 3, -1, -1)


def shear(images: Tensor, amounts: Tensor) -> Tensor:
    """Shear about the centre, bilinear, edges repeated.

    Args:
        images (Tensor): (N, C, H, W).
        amounts (Tensor): (N, 2): how far a row moves for each row above or below the centre, and a column likewise.
    """
    affine = torch.eye(2, 3, device=images.device, dtype=images.dtype).repeat(len(images), 1, 1)
    affine[:, 0, 1], affine[:, 1, 0] = amounts[:, 0], amounts[:, 1]
    places = F.affine_grid(affine, list(images.shape), align_corners=False)
    return F.grid_sample(images, places, padding_mode='border', align_corners=False)
