"""Regularisers of how much a representation tells of its own view."""

from typing import Dict, List, Optional, Sequence

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor

from mmcl.models.losses import own_view_bound
from mmcl.models.parts import build_part
from mmcl.registry import MODELS
from mmcl.structures import ViewFeatures
from mmcl.utils.dist_grad import gather_with_grad
from mmcl.utils.errors import expect


class _OwnViewHead(BaseModule):
    """A term, beside any method's loss, of what the backbone made of the views.

    Args:
        loss_weight (float): lambda, >= 0.
    """

    def __init__(self, loss_weight: float) -> None:
        super().__init__()
        given, remedy = (
            f'{type(self).__name__} has loss_weight={loss_weight}',
            'Set model.regulariser.loss_weight',
        )
        expect(loss_weight >= 0, given, 'a number >= 0', remedy)
        self.loss_weight = loss_weight

    def forward(self, views: Optional[List[ViewFeatures]]) -> Dict[str, Tensor]:
        """Weigh the views.

        Args:
            views (list[ViewFeatures]): What a :class:`TappedPair` tells of each.

        Returns:
            dict: ``loss_own_view``, weighted, and ``own_view``, the measure itself.

        Raises:
            InputError: The encoder tells nothing.
        """
        remedy = "Set model.encoder.type to 'TappedPair', or 'TappedEMAPair' where there is a target"
        expect(views is not None, 'model.encoder keeps no features of the views', 'one that does', remedy)
        measure, sign = self.measure(views)
        return dict(loss_own_view=sign * self.loss_weight * measure, own_view=measure.detach())

    def measure(self, views: List[ViewFeatures]) -> tuple:
        """A scalar, and 1 where it is to fall or -1 where it is to rise."""
        raise TypeError(f'{type(self).__name__} measures nothing')


@MODELS.register_module()
class ReconstructionHead(_OwnViewHead):
    """Features must tell how their own view looks: "RC" of https://arxiv.org/abs/2203.07004, section 3.2.

    The measure is the sum over views of the mean squared error between the decoded features and the view as the network saw it, crops and
    colours included, so that features keep what the views do not share.

    Args:
        decoder (dict): Config of an :class:`ImageDecoder`.
        loss_weight (float): lambda, >= 0, for images in [-1, 1]; the error grows with the square of the normalisation. Defaults to 1.

    Raises:
        InputError: A negative ``loss_weight``, or views of another size than the decoder gives.
    """

    def __init__(self, decoder: dict, loss_weight: float = 1.0) -> None:
        super().__init__(loss_weight)
        self.decoder = build_part(decoder, 'decoder')

    def measure(self, views: List[ViewFeatures]) -> tuple:
        """The error, summed over views."""
        return sum(self._error(view) for view in views), 1

    def _error(self, view: ViewFeatures) -> Tensor:
        decoded = self.decoder(view.noisy[-1])
        sizes = [tuple(x.shape[1:]) for x in (decoded, view.images)]
        remedy = 'Set start, channels and last_stride of model.regulariser.decoder'
        expect(sizes[0] == sizes[1], f'The decoder gives {sizes[0]}', f'{sizes[1]}, as the views', remedy)
        return F.mse_loss(decoded, view.images.to(decoded))


@MODELS.register_module()
class InformationHead(_OwnViewHead):
    """Features must tell their own view from the others of the step: "LBE" of https://arxiv.org/abs/2203.07004, section 3.2.

    The measure is :func:`~mmcl.models.losses.own_view_bound`, over both views of all processes, added over the backbone's outputs; it is
    raised. It needs an encoder with ``noise``.

    Args:
        scale (float): c of the bound, > 0. Defaults to 20, the authors' for CIFAR; theirs for ImageNet is 80.
        weights (Sequence[float]): Of the backbone's outputs, as many as it has. Defaults to (0.25, 0.5, 1.0), for the second to the fourth
            stage; with one output (1.0,).
        loss_weight (float): lambda, >= 0. Defaults to 1.

    Raises:
        InputError: A value outside its range, or other than as many outputs as ``weights``.
    """

    def __init__(
        self, scale: float = 20.0, weights: Sequence[float] = (0.25, 0.5, 1.0), loss_weight: float = 1.0
    ) -> None:
        super().__init__(loss_weight)
        expect(
            scale > 0, f'InformationHead has scale={scale}', 'a number above 0', 'Set model.regulariser.scale'
        )
        self.scale, self.weights = scale, tuple(weights)

    def measure(self, views: List[ViewFeatures]) -> tuple:
        """The bound, over outputs."""
        num = len(views[0].clean)
        given = f'InformationHead has {len(self.weights)} weights for {num} outputs of the backbone'
        expect(
            len(self.weights) == num,
            given,
            'one each',
            'Set model.backbone.out_indices, or model.regulariser.weights',
        )
        bounds = [weight * self._bound(views, level) for level, weight in enumerate(self.weights)]
        return sum(bounds), -1

    def _bound(self, views: List[ViewFeatures], level: int) -> Tensor:
        means = gather_with_grad(torch.cat([view.clean[level] for view in views]))
        return own_view_bound(torch.cat([view.noisy[level] for view in views]), means, self.scale)


@MODELS.register_module()
class AgreementHead(_OwnViewHead):
    """The opposite, as a control: features of two views must be the same ("IP" of https://arxiv.org/abs/2203.07004; with noise "MIB").

    The measure is the mean squared difference of the last output's features between the first two views.

    Args:
        loss_weight (float): lambda, >= 0. Defaults to 5e-4.

    Raises:
        InputError: A negative ``loss_weight``.
    """

    def __init__(self, loss_weight: float = 5e-4) -> None:
        super().__init__(loss_weight)

    def measure(self, views: List[ViewFeatures]) -> tuple:
        """The difference."""
        return F.mse_loss(views[0].clean[-1], views[1].clean[-1]), 1
