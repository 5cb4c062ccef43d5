"""Turn the results of a pipeline into what a model takes."""

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmpretrain.structures import DataSample
from torch import Tensor

from mmcl.registry import TRANSFORMS

from .jitter import split
from .loading import pixels


@TRANSFORMS.register_module()
class PackViews(BaseTransform):
    """Pack ``img`` and what is known about the image.

    Takes ``img``, one uint8 (H, W, C) array or a list of V of them, and, where present, ``gt_label``,
    ``sample_idx``, ``view_key`` and ``img_path``. Gives ``dict(inputs, data_samples)``: ``inputs`` is a uint8
    tensor (C, H, W) or a list of V such tensors, none sharing memory with the dataset; ``data_samples`` is
    MMPretrain's ``DataSample`` with ``gt_label`` as a field and the others as meta information.
    """

    _META = ('sample_idx', 'view_key', 'img_path')

    def transform(self, results: dict) -> dict:
        """Pack one image."""
        img = results['img']
        views = [_to_chw(view) for view in img] if isinstance(img, list) else _to_chw(pixels(img))
        sample = DataSample()
        for key in self._META:
            if key in results:
                sample.set_field(results[key], key, field_type='metainfo')
        if 'gt_label' in results:
            sample.set_gt_label(results['gt_label'])
        return dict(inputs=views, data_samples=sample)


def _to_chw(img: np.ndarray) -> Tensor:
    """Copy an (H, W, C) array into a contiguous (C, H, W) tensor."""
    if img.shape[2] != 3 or img.dtype != np.uint8:
        return torch.from_numpy(img.transpose(2, 0, 1).copy())
    return torch.from_numpy(split(img))
