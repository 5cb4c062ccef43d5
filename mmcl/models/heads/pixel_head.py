"""The head of methods that predict an image."""

from typing import Dict

import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor

from mmcl.registry import MODELS
from mmcl.utils.errors import expect


@MODELS.register_module()
class PixelHead(BaseModule):
    """The mean difference of a predicted image to the image.

    Args:
        order (int): 1, of absolute values, or 2, of squares. Defaults to 1.

    Raises:
        InputError: Another ``order``.
    """

    def __init__(self, order: int = 1) -> None:
        super().__init__()
        expect(order in (1, 2), f'PixelHead has order={order}', '1 or 2', 'Set model.head.order')
        self.order = order

    def forward(self, prediction: Tensor, target: Tensor) -> Dict[str, Tensor]:
        """Compare a prediction (N, C, h, w) with an image (N, C, H, W), averaged down to h x w.

        Returns:
            dict: Scalars ``loss``, and ``chance``, that of the image's mean colour of the batch at every place.
        """
        target = F.adaptive_avg_pool2d(target, prediction.shape[2:])
        mean = target.mean(dim=(0, 2, 3), keepdim=True)
        return dict(loss=self._distance(prediction, target), chance=self._distance(mean, target))

    def _distance(self, one: Tensor, other: Tensor) -> Tensor:
        return (one - other).abs().pow(self.order).mean()
