"""From a batch of images to what the network takes: on the device, in fp32, normalised."""

from typing import List, Optional, Sequence, Union

import numpy as np
import torch
from mmengine.model import BaseDataPreprocessor
from torch import Tensor

from mmcl.datasets.transforms.batch_view import batch_view
from mmcl.datasets.transforms.random_view import RandomView
from mmcl.registry import MODELS, TRANSFORMS
from mmcl.utils.errors import InputError
from mmcl.utils.keyed_random import mix


@MODELS.register_module()
class ViewPreprocessor(BaseDataPreprocessor):
    """Move a batch to the device, make its views there if asked, and normalise.

    View v of an image is a function of the sample's ``view_key`` and of v: the parameters equal those of ``MultiView`` on the CPU.
    Everything is computed in float32, under autocast too. One channel becomes three equal ones. Data samples stay on the host, which is
    where their numbers are read.

    Args:
        mean (Sequence[float]): Subtracted, one number for all channels or three, RGB, 0-255.
        std (Sequence[float]): Divisor, likewise, > 0.
        views (list[dict], optional): One ``RandomView`` a view, made of each training image on the device. None: the images of the batch are
            the views already.
        channels_last (bool): Give tensors in channels-last memory format, which convolutions on CPUs and tensor cores like.
        non_blocking (bool): Copy to the device without waiting; needs pinned memory to matter.

    Raises:
        InputError: ``std`` holds a number <= 0, ``mean`` or ``std`` is of another length, or a view is not a ``RandomView``.

    Shapes: ``inputs`` uint8 (N, C, H, W), C 1 or 3, or a list of V such tensors -> float32 (N, 3, H, W) or a list of V such tensors.
    """

    def __init__(
        self,
        mean: Sequence[float] = (123.675, 116.28, 103.53),
        std: Sequence[float] = (58.395, 57.12, 57.375),
        views: Optional[Sequence[Union[dict, RandomView]]] = None,
        channels_last: bool = True,
        non_blocking: bool = False,
    ) -> None:
        super().__init__(non_blocking)
        mean, std = _per_channel('mean', mean), _per_channel('std', std)
        if not (std > 0).all():
            raise InputError(f'ViewPreprocessor has std={std.flatten().tolist()}', 'numbers above 0', 'Set data_preprocessor.std, 0-255')
        # A checkpoint does not carry them: they belong to the config.
        self.register_buffer('scale', 1 / std, persistent=False)
        self.register_buffer('shift', -mean / std, persistent=False)
        self.views = [TRANSFORMS.build(view) if isinstance(view, dict) else view for view in views or []]
        for view in self.views:
            if not isinstance(view, RandomView):
                raise InputError(
                    f'ViewPreprocessor has a view of type {type(view).__name__}',
                    'RandomView, which can run on a batch',
                    'Make other views in the pipeline, with MultiView',
                )
        self.memory_format = torch.channels_last if channels_last else torch.contiguous_format

    def forward(self, data: dict, training: bool = False) -> dict:
        """Preprocess a collated batch.

        Args:
            data (dict): ``inputs`` and ``data_samples``.
            training (bool): Make the views, if there are any.

        Returns:
            dict: ``inputs`` and ``data_samples``; inputs are a list where the batch had one or where views were made.
        """
        inputs, data_samples = data['inputs'], data.get('data_samples')
        if training and self.views:
            views = self._make_views(inputs, data_samples)
        elif isinstance(inputs, (list, tuple)):
            views = [self._normalise(self.cast_data(view)) for view in inputs]
        else:
            views = self._normalise(self.cast_data(inputs))
        return dict(inputs=views, data_samples=data_samples)

    def _make_views(self, images: Tensor, data_samples: Optional[Sequence]) -> List[Tensor]:
        if not isinstance(images, Tensor) or data_samples is None:
            raise InputError(
                f'ViewPreprocessor with views got inputs of type {type(images).__name__} and data_samples={data_samples!r}'[:200],
                'one image a sample, and data samples with a view_key',
                'Take MultiView out of the pipeline, or views out of the data_preprocessor',
            )
        keys = np.array([sample.view_key for sample in data_samples], dtype=np.uint64)
        images = self.cast_data(images)
        made = []
        for number, recipe in enumerate(self.views):
            params = recipe.draw(mix(keys, number), *images.shape[2:])
            made.append(self._normalise(batch_view(recipe, images, params)))
        return made

    def _normalise(self, images: Tensor) -> Tensor:
        if images.dtype != torch.float32:
            images = images.float()
        images = images * self.scale + self.shift
        return images.contiguous(memory_format=self.memory_format)


def _per_channel(name: str, values: Union[float, Sequence[float]]) -> Tensor:
    values = torch.as_tensor(values, dtype=torch.float32).flatten()
    if len(values) not in (1, 3):
        raise InputError(f'ViewPreprocessor has {len(values)} numbers as {name}', 'one or three', f'Set data_preprocessor.{name}, 0-255')
    return values.expand(3).clone().view(1, 3, 1, 1)
