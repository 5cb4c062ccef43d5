"""From a batch of images to what the network takes: on the device, in fp32, normalised."""

from collections.abc import Sequence
from typing import Optional, Union

import torch
from mmengine.model import BaseDataPreprocessor
from torch import Tensor

from mmcl.datasets.transforms.device_views import DeviceViews
from mmcl.datasets.transforms.random_view import RandomView
from mmcl.registry import MODELS
from mmcl.utils.channels import per_channel, scale_interleaved


@MODELS.register_module()
class ViewPreprocessor(BaseDataPreprocessor):
    """Move a batch to the device, make its views there if asked, and normalise.

    View v of an image is a function of the sample's ``view_key`` and of v, and its parameters are those that
    ``MultiView`` draws on the CPU. Everything is computed in float32, under autocast too. One channel becomes
    three equal ones. Data samples stay on the host, which is where their numbers are read.

    Args:
        mean (float or Sequence[float]): Subtracted; one number for all channels or three, RGB, 0-255.
        std (float or Sequence[float]): Divisor, likewise, > 0.
        views (list[dict], optional): One ``RandomView`` a view, made on the device of each training image.
            None: the images of the batch are the views.
        channels_last (bool): Give tensors in channels-last memory format, which convolutions prefer on CPUs
            and on tensor cores.
        non_blocking (bool): Copy to the device without waiting, which needs pinned memory.

    Raises:
        InputError: ``std`` has a number <= 0, ``mean`` or ``std`` has neither one nor three, or a view is no
            ``RandomView``.

    Shapes: ``inputs`` (N, C, H, W), C 1 or 3, or a list of V such tensors -> float32 (N, 3, H, W) or a list
    of V.
    """

    def __init__(
        self,
        mean: Union[float, Sequence[float]] = (123.675, 116.28, 103.53),
        std: Union[float, Sequence[float]] = (58.395, 57.12, 57.375),
        views: Optional[Sequence[Union[dict, RandomView]]] = None,
        channels_last: bool = True,
        non_blocking: bool = False,
    ) -> None:
        super().__init__(non_blocking)
        mean, std = per_channel('mean', mean), per_channel('std', std, positive=True)
        # Not in checkpoints: they belong to the config.
        self.register_buffer('scale', 1 / std, persistent=False)
        self.register_buffer('shift', -mean / std, persistent=False)
        self.views = DeviceViews(views) if views else None
        self.memory_format = torch.channels_last if channels_last else torch.contiguous_format

    @property
    def device(self) -> torch.device:
        """Where the buffers are, so any way of moving the model moves the batches too."""
        return self.scale.device

    def forward(self, data: dict, training: bool = False) -> dict:
        """Preprocess a collated batch.

        Args:
            data (dict): ``inputs`` and, optionally, ``data_samples``.
            training (bool): Make the views, if there are any to make.

        Returns:
            dict: ``inputs``, a list where views were made or given, and ``data_samples``.
        """
        inputs, data_samples = self.cast_data(data['inputs']), data.get('data_samples')
        if training and self.views is not None:
            inputs = self.views.make(inputs, data_samples, self._normalise, self.memory_format)
        elif isinstance(inputs, Sequence):
            inputs = [self._normalise(view).contiguous(memory_format=self.memory_format) for view in inputs]
        else:
            inputs = self._normalise(inputs).contiguous(memory_format=self.memory_format)
        return dict(inputs=inputs, data_samples=data_samples)

    def _normalise(self, images: Tensor) -> Tensor:
        """(N, C, H, W), 0-255, to float32 (N, 3, H, W)."""
        if images.shape[1] == 3 and images.is_contiguous(memory_format=torch.channels_last):
            return scale_interleaved(images, self.scale.flatten(), self.shift.flatten())
        # floats first: PyTorch multiplies whole numbers by a channel's factor at half the speed
        return torch.addcmul(self.shift, images.float(), self.scale)
