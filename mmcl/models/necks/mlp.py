"""Projectors and predictors."""

from typing import Optional, Sequence, Union

from mmengine.model import BaseModule
from torch import Tensor, nn

from mmcl.registry import MODELS
from mmcl.utils.errors import expect_each

from .layers import init_linear, vector_norm
from .pool import pool

_AFFINE = ('full', 'scale', 'plain')
_INITS = ('torch', 'normal', 'lecun')


@MODELS.register_module()
class MLP(BaseModule):
    """Projector or predictor: ``num_layers`` linear layers with norm and ReLU between them, after global average pooling.

    MoCo v1: ``num_layers=1``; MoCo v2: ``norm_cfg=None``; SimCLR: ``bias=False, last_bias=False, last_norm='scale'``;
    BYOL: ``last_bias=False, init='lecun'``; SimSiam: ``bias=False, last_bias=False, last_norm='plain'``.

    Args:
        in_channels (int): Width of the input, >= 1.
        hidden_channels (int): Width between layers, >= 1.
        out_channels (int): Width of the embedding, >= 1.
        num_layers (int): Linear layers, >= 1. Defaults to 2.
        norm_cfg (dict, optional): Norm after each hidden layer; None for none. Defaults to SyncBN.
        bias (bool): Bias of the hidden linear layers. Defaults to True.
        last_bias (bool): Bias of the last linear layer. Defaults to True.
        last_norm (str, optional): Norm after the last layer: None, 'full' (scale and shift), 'scale' (no shift), 'plain' (neither).
        last_relu (bool): End in a ReLU: the first layers of a longer MLP, with the same names of parameters. Defaults to False.
        init (str): 'torch' (uniform, torch's default), 'normal' (std 0.01, SimCLR) or 'lecun' (truncated normal of
            std 1/sqrt(fan_in), zero bias, BYOL). Defaults to 'torch'.

    Shapes: (N, C, H, W), a tuple ending in one, or (N, C) -> (N, out_channels).
    Raises: InputError: an unknown ``last_norm`` or ``init``, or ``num_layers`` < 1.
    """

    def __init__(
        self,
        in_channels: int,
        hidden_channels: int,
        out_channels: int,
        num_layers: int = 2,
        norm_cfg: Optional[dict] = dict(type='SyncBN'),  # noqa: B006  read only
        bias: bool = True,
        last_bias: bool = True,
        last_norm: Optional[str] = None,
        last_relu: bool = False,
        init: str = 'torch',
        init_cfg: Optional[dict] = None,
    ) -> None:
        super().__init__(init_cfg)
        expect_each(
            'MLP was given',
            'Set {name} of the neck or predictor',
            ('num_layers', num_layers, num_layers >= 1, 'at least 1'),
            ('last_norm', last_norm, last_norm in (None, *_AFFINE), f'None or one of {_AFFINE}'),
            ('init', init, init in _INITS, f'one of {_INITS}'),
        )
        widths = [in_channels, *[hidden_channels] * (num_layers - 1)]
        layers = []
        for width, next_width in zip(widths, widths[1:]):
            norm = [] if norm_cfg is None else [vector_norm(norm_cfg, next_width)]
            layers += [nn.Linear(width, next_width, bias=bias), *norm, nn.ReLU(inplace=True)]
        layers.append(nn.Linear(widths[-1], out_channels, bias=last_bias))
        layers += [] if last_norm is None else [vector_norm(norm_cfg, out_channels, last_norm)]
        layers += [nn.ReLU(inplace=True)] if last_relu else []
        self.layers = nn.Sequential(*layers)
        self.init = init

    def init_weights(self) -> None:
        """Initialise the linear layers as ``init`` says."""
        super().init_weights()
        for linear in (layer for layer in self.layers if isinstance(layer, nn.Linear)):
            init_linear(linear, self.init)

    def forward(self, features: Union[Tensor, Sequence[Tensor]]) -> Tensor:
        """Project backbone features to (N, out_channels)."""
        return self.layers(pool(features))
