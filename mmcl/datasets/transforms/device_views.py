"""The views that a data preprocessor makes: their recipes, and what is drawn for a batch."""

from collections.abc import Callable, Sequence
from typing import Optional, Union

import numpy as np
import torch
from torch import Tensor

from mmcl.registry import TRANSFORMS
from mmcl.utils.errors import InputError
from mmcl.utils.keyed_random import mix

from .batch_view import batch_view
from .random_view import RandomView

_CPU_CHUNK = 64  # images worked on at once on a CPU: they stay in its cache


class DeviceViews:
    """Recipes of the views that are made of each training image on the device.

    Args:
        views (Sequence[dict or RandomView], optional): One ``RandomView`` a view.

    Raises:
        InputError: A view is no ``RandomView``.
    """

    def __init__(self, views: Optional[Sequence[Union[dict, RandomView]]]) -> None:
        self.views = [TRANSFORMS.build(view) if isinstance(view, dict) else view for view in views or []]
        for view in self.views:
            if not isinstance(view, RandomView):
                raise InputError(
                    f'ViewPreprocessor has a view of type {type(view).__name__}',
                    'RandomView, which can work on a batch',
                    'Make other views in the pipeline, with MultiView',
                )

    def __len__(self) -> int:
        return len(self.views)

    def make(
        self,
        images: Tensor,
        data_samples: Optional[Sequence],
        finish: Callable[[Tensor], Tensor],
        memory_format: torch.memory_format,
    ) -> list[Tensor]:
        """Make the views of a batch.

        Args:
            images (Tensor): (N, C, H, W), C 1 or 3, values 0-255.
            data_samples (Sequence[DataSample]): N samples with ``view_key``.
            finish (callable): Applied to each view while it is in the cache, (n, C, h, w) -> float32 (n, 3, h, w).
            memory_format (torch.memory_format): Of the result.

        Returns:
            list[Tensor]: V views, float32 (N, 3, h, w).
        """
        made, draws = [], self.draw(images, data_samples)
        step = _CPU_CHUNK if images.device.type == 'cpu' else len(images)
        for view, params in draws:
            shape = (len(images), 3, view.size, view.size)
            result = torch.empty(shape, device=images.device, memory_format=memory_format)
            for start in range(0, len(images), step):
                part = slice(start, start + step)
                mine = {name: values[part] for name, values in params.items()}
                result[part] = finish(batch_view(view, images[part], mine))
            made.append(result)
        return made

    def draw(self, images: Tensor, data_samples: Optional[Sequence]) -> list[tuple[RandomView, dict]]:
        """Each view's recipe with its parameters for these images, those that ``MultiView`` would draw.

        Raises:
            InputError: Each sample came as several views already, or without a ``view_key``.
        """
        if not isinstance(images, Tensor):
            raise InputError(
                f'The data preprocessor has views, and each sample came as {len(images)} views',
                'one image a sample',
                'Take MultiView out of the pipeline, or views out of data_preprocessor',
            )
        if not data_samples or not all('view_key' in sample for sample in data_samples):
            raise InputError(
                'The data preprocessor has views, and samples came without a view_key',
                'data samples with the view_key that mmcl datasets give',
                'Use a dataset of mmcl and PackViews',
            )
        keys = np.array([sample.view_key for sample in data_samples], dtype=np.uint64)
        return [(view, view.draw(mix(keys, v), *images.shape[2:])) for v, view in enumerate(self.views)]
