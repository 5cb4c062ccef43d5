"""Projectors and predictors."""

from typing import Optional, Sequence, Union

from mmcv.cnn import build_norm_layer
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmcl.registry import MODELS
from mmcl.utils.errors import expect


def pool(features: Union[Tensor, Sequence[Tensor]]) -> Tensor:
    """A backbone's last output, (N, C, H, W) or (N, C), averaged over space to (N, C)."""
    if isinstance(features, (tuple, list)):
        features = features[-1]
    return features.mean(dim=(2, 3)) if features.dim() == 4 else features


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
        init: str = 'torch',
        init_cfg: Optional[dict] = None,
    ) -> None:
        super().__init__(init_cfg)
        _check('num_layers', num_layers, num_layers >= 1, 'at least 1')
        _check(
            'last_norm',
            last_norm,
            last_norm in (None, 'full', 'scale', 'plain'),
            "None, 'full', 'scale' or 'plain'",
        )
        _check('init', init, init in ('torch', 'normal', 'lecun'), "'torch', 'normal' or 'lecun'")
        widths = [in_channels, *[hidden_channels] * (num_layers - 1), out_channels]
        layers = []
        for i in range(num_layers - 1):
            layers.append(nn.Linear(widths[i], widths[i + 1], bias=bias))
            if norm_cfg is not None:
                layers.append(_norm(norm_cfg, widths[i + 1]))
            layers.append(nn.ReLU(inplace=True))
        layers.append(nn.Linear(widths[-2], out_channels, bias=last_bias))
        if last_norm is not None:
            norm = _norm(norm_cfg or dict(type='SyncBN'), out_channels)
            if last_norm == 'scale':
                norm.bias.requires_grad_(False)  # stays 0
            elif last_norm == 'plain':
                norm.weight.requires_grad_(False)
                norm.bias.requires_grad_(False)
            layers.append(norm)
        self.layers = nn.Sequential(*layers)
        self.init = init

    def init_weights(self) -> None:
        """Initialise the linear layers as ``init`` says."""
        super().init_weights()
        for linear in (m for m in self.layers if isinstance(m, nn.Linear) and self.init != 'torch'):
            if self.init == 'normal':
                nn.init.normal_(linear.weight, std=0.01)
            else:  # Haiku's truncated normal cuts at two standard deviations
                std = linear.in_features**-0.5
                nn.init.trunc_normal_(linear.weight, std=std, a=-2 * std, b=2 * std)
            if linear.bias is not None:
                nn.init.zeros_(linear.bias)

    def forward(self, features: Union[Tensor, Sequence[Tensor]]) -> Tensor:
        """Project backbone features to (N, out_channels)."""
        features, wanted = pool(features), self.layers[0].in_features
        if features.shape[1] != wanted:
            _check('in_channels', wanted, False, f'{features.shape[1]}, the width of what it is given')
        return self.layers(features)


def _norm(norm_cfg: dict, width: int) -> nn.Module:
    """A norm layer for vectors; MMCV's 'BN' means the one for images."""
    if norm_cfg['type'] == 'BN':
        norm_cfg = {**norm_cfg, 'type': 'BN1d'}
    return build_norm_layer(norm_cfg, width)[1]


def _check(name: str, value: object, good: bool, expected: str) -> None:
    expect(good, f'MLP was given {name}={value!r}', expected, f'Set {name} of the neck or predictor')
