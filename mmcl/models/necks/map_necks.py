"""Necks that embed maps at every location."""

from typing import Optional, Sequence, Union

from mmcv.cnn import build_norm_layer
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmcl.registry import MODELS
from mmcl.utils.errors import expect

from .layers import upsampling
from .mlp import MLP


class ChannelNorm(nn.LayerNorm):
    """Layer norm of the channels of each location alone, (N, C, h, w) -> (N, C, h, w)."""

    def forward(self, maps: Tensor) -> Tensor:
        """Normalise."""
        return super().forward(maps.movedim(1, -1)).movedim(-1, 1)


@MODELS.register_module()
class LocalNeck(BaseModule):
    """Embeds each location of a map by itself: two 1x1 convolutions beside a linear shortcut that starts near the identity.

    Deep InfoMax (https://arxiv.org/abs/1808.06670, appendix A, and its code): the defaults. AMDIM (https://arxiv.org/abs/1906.00910, its
    code): ``norm_cfg=None, last_norm='BN', zero_init=True``; the bias that its shortcut has beside a batch norm changes nothing.

    Args:
        in_channels (int): Channels of the map.
        out_channels (int): Width of the embedding.
        norm_cfg (dict, optional): Norm of the hidden layer; None for none. Defaults to SyncBN.
        last_norm (str): Of the sum of both branches: 'LN' over the channels of a location, or 'BN' (synchronised).
        zero_init (bool): Start with the shortcut alone. Defaults to False.

    Shapes: (N, C, h, w) -> (N, out_channels, h, w).
    Raises: InputError: another ``last_norm``.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        norm_cfg: Optional[dict] = dict(type='SyncBN'),  # noqa: B006  read only
        last_norm: str = 'LN',
        zero_init: bool = False,
        init_cfg: Optional[dict] = None,
    ) -> None:
        super().__init__(init_cfg)
        given = f'LocalNeck has last_norm={last_norm!r}'
        expect(last_norm in ('LN', 'BN'), given, "'LN' or 'BN'", 'Set last_norm of the neck of model.maps')
        layers = [nn.Conv2d(in_channels, out_channels, 1, bias=False)]
        layers += [] if norm_cfg is None else [build_norm_layer(norm_cfg, out_channels)[1]]
        layers += [nn.ReLU(inplace=True), nn.Conv2d(out_channels, out_channels, 1, bias=last_norm == 'LN')]
        self.branch = nn.Sequential(*layers)
        self.shortcut = nn.Conv2d(in_channels, out_channels, 1, bias=False)
        by_batch = dict(norm_cfg or dict(type='SyncBN'))
        self.norm = (
            ChannelNorm(out_channels) if last_norm == 'LN' else build_norm_layer(by_batch, out_channels)[1]
        )
        self.zero_init = zero_init

    def init_weights(self) -> None:
        """Start the shortcut as a noisy copy where the embedding has room for one."""
        super().init_weights()
        weight = self.shortcut.weight.data
        if weight.shape[0] >= weight.shape[1]:
            weight.uniform_(-0.01, 0.01)
            weight[:, :, 0, 0].fill_diagonal_(1)
        if self.zero_init:
            nn.init.zeros_(self.branch[-1].weight)

    def forward(self, maps: Tensor) -> Tensor:
        """Embed."""
        return self.norm(self.branch(maps) + self.shortcut(maps))


@MODELS.register_module()
class FlatMLP(MLP):
    """An :class:`MLP` of a whole map with its places, instead of its mean over them (Deep InfoMax's encoder from the map to the vector).

    ``in_channels`` is channels x height x width of the backbone's last map; for the other arguments see :class:`MLP`.
    """

    def forward(self, features: Union[Tensor, Sequence[Tensor]]) -> Tensor:
        """Project the last of the backbone's maps to (N, out_channels)."""
        last = features if isinstance(features, Tensor) else features[-1]
        return self.layers(last.flatten(1))


@MODELS.register_module()
class MapSummary(BaseModule):
    """Makes a vector of a map as an encoder would, with layers of its own: Deep InfoMax's map for the global objective.

    A convolution 4x4 of stride 2 with norm and ReLU, then two linear layers (https://arxiv.org/abs/1808.06670, section 3.1 and its code).

    Args:
        in_channels (int): Channels of the map.
        size (int): Its side, even.
        hidden_channels (int): Width of the hidden linear layer.
        out_channels (int): Width of the embedding.
        norm_cfg (dict): Defaults to SyncBN.

    Shapes: (N, C, size, size) -> (N, out_channels, 1, 1).
    """

    def __init__(
        self,
        in_channels: int,
        size: int,
        hidden_channels: int,
        out_channels: int,
        norm_cfg: dict = dict(type='SyncBN'),  # noqa: B006  read only
        init_cfg: Optional[dict] = None,
    ) -> None:
        super().__init__(init_cfg)
        given = f'MapSummary has size={size}'
        expect(size > 0 and size % 2 == 0, given, 'an even side', 'Set size of the neck of model.maps')
        width = 2 * in_channels
        self.conv = nn.Sequential(
            nn.Conv2d(in_channels, width, 4, 2, 1, bias=False),
            build_norm_layer(norm_cfg, width)[1],
            nn.ReLU(inplace=True),
        )
        self.mlp = FlatMLP(
            width * (size // 2) ** 2,
            hidden_channels=hidden_channels,
            out_channels=out_channels,
            norm_cfg=norm_cfg,
        )

    def forward(self, maps: Tensor) -> Tensor:
        """Embed."""
        return self.mlp(self.conv(maps))[..., None, None]


@MODELS.register_module()
class MapDecoder(BaseModule):
    """Makes an image of a map: transposed convolutions 4x4 of stride 2 with norm and ReLU, each half as wide, then one 1x1.

    Args:
        in_channels (int): Channels of the map.
        out_channels (int): Channels of the image.
        num_doublings (int): Of the side, >= 0.
        norm_cfg (dict): Defaults to SyncBN.

    Shapes: (N, C, h, w) -> (N, out_channels, 2^n h, 2^n w).
    Raises: InputError: ``num_doublings`` < 0, or more than ``in_channels`` can be halved.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        num_doublings: int,
        norm_cfg: dict = dict(type='SyncBN'),  # noqa: B006  read only
        init_cfg: Optional[dict] = None,
    ) -> None:
        super().__init__(init_cfg)
        given = f'MapDecoder has num_doublings={num_doublings} for {in_channels} channels'
        good = num_doublings >= 0 and in_channels >= 2**num_doublings
        expect(good, given, 'at least 0, and a channel left', 'Set num_doublings')
        widths = [in_channels // 2**i for i in range(num_doublings + 1)]
        layers = upsampling(widths, 4, norm_cfg)
        self.layers = nn.Sequential(*layers, nn.Conv2d(widths[-1], out_channels, 1))

    def forward(self, maps: Tensor) -> Tensor:
        """Decode."""
        return self.layers(maps)
