"""Turn the results of a pipeline into what a model takes."""

from collections.abc import Sequence

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmengine.dataset import default_collate
from mmengine.registry import FUNCTIONS
from mmpretrain.structures import DataSample
from torch import Tensor

from mmcl.registry import TRANSFORMS

from .jitter import split
from .loading import pixels


@TRANSFORMS.register_module()
class PackViews(BaseTransform):
    """Pack ``img`` and what is known about the image.

    Takes ``img``, one uint8 (H, W, C) array or a list of V of them, and, where present, ``gt_label``,
    ``sample_idx``, ``view_key``, ``img_path``, ``camera`` and ``is_query``. Gives ``dict(inputs, data_samples)``: ``inputs`` is a uint8
    tensor (C, H, W), a copy of the image, or a list of V such tensors, each the memory of its view, whose
    channels lie side by side; ``data_samples`` is MMPretrain's ``DataSample`` with ``gt_label`` as a field and
    the others as meta information.
    """

    _META = ('sample_idx', 'view_key', 'img_path', 'camera', 'is_query')

    def transform(self, results: dict) -> dict:
        """Pack one image."""
        img = results['img']
        inputs = [_as_chw(view) for view in img] if isinstance(img, list) else _to_chw(pixels(img))
        sample = DataSample()
        for key in self._META:
            if key in results:
                sample.set_field(results[key], key, field_type='metainfo')
        if 'gt_label' in results:
            sample.set_gt_label(results['gt_label'])
        return dict(inputs=inputs, data_samples=sample)


@FUNCTIONS.register_module()
def collate_views(items: Sequence[dict]) -> dict:
    """MMEngine's ``default_collate``, which leaves the channels of a pixel side by side where they are so.

    Args:
        items (Sequence[dict]): What :class:`PackViews` gave for each image.

    Returns:
        dict: The batch. A list of views becomes a list of (N, C, H, W) in channels-last memory format, which
        ``ViewPreprocessor`` keeps: neither the loader nor the preprocessor reorders pixels.
    """
    if not isinstance(items[0]['inputs'], list):
        return default_collate(items)
    items = [{**item, 'inputs': [view.permute(1, 2, 0) for view in item['inputs']]} for item in items]
    batch = default_collate(items)
    return {**batch, 'inputs': [views.permute(0, 3, 1, 2) for views in batch['inputs']]}


def _as_chw(view: np.ndarray) -> Tensor:
    """Present an (H, W, C) array as a (C, H, W) tensor."""
    return torch.from_numpy(np.ascontiguousarray(view)).permute(2, 0, 1)


def _to_chw(img: np.ndarray) -> Tensor:
    """Copy an (H, W, C) array into a contiguous (C, H, W) tensor."""
    if img.shape[2] != 3 or img.dtype != np.uint8:
        return torch.from_numpy(img.transpose(2, 0, 1).copy())
    return torch.from_numpy(split(img))
