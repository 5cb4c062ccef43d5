"""The views that a data preprocessor makes: their recipes, and what is drawn for a batch."""

from collections.abc import Sequence
from typing import Optional, Union

import numpy as np
from torch import Tensor

from mmcl.registry import TRANSFORMS
from mmcl.utils.errors import InputError
from mmcl.utils.keyed_random import mix

from .random_view import RandomView


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
