"""A projector for each of several embedding spaces."""

from typing import List, Optional, Sequence, Union

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmcl.models.parts import build_part
from mmcl.registry import MODELS
from mmcl.utils.errors import expect

from .pool import pool


@MODELS.register_module()
class SpaceNecks(BaseModule):
    """Necks side by side: of one output of the backbone (LooC), or each of its own (LoCo).

    Args:
        necks (list[dict]): Config of each space's neck, one or more, all with the same ``out_channels``.

    Shapes: (N, C, H, W), or a tuple of one, or of one a neck -> (N, out_channels, S).
    Raises: InputError: no neck, widths that differ, or another number of outputs.
    """

    def __init__(self, necks: List[dict], init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        widths = {neck.get('out_channels') for neck in necks}
        given = f'SpaceNecks has {len(necks)} necks of out_channels {sorted(widths, key=str)}'
        expect(len(widths) == 1, given, 'one neck or more, all of one width', 'Set model.neck.necks')
        self.necks = nn.ModuleList(build_part(neck, 'neck') for neck in necks)

    def __len__(self) -> int:
        return len(self.necks)

    def forward(self, features: Union[Tensor, Sequence[Tensor]]) -> Tensor:
        """Embed in each space."""
        return torch.stack([neck(x) for neck, x in zip(self.necks, self._each(features))], dim=2)

    def hidden(self, features: Union[Tensor, Sequence[Tensor]]) -> Tensor:
        """What the last linear layer of each neck, an :class:`MLP`, is given, side by side, (N, S * hidden)."""
        found = []
        for neck, x in zip(self.necks, self._each(features)):
            last = max(i for i, layer in enumerate(neck.layers) if isinstance(layer, nn.Linear))
            found.append(neck.layers[:last](pool(x)))
        return torch.cat(found, dim=1)

    def _each(self, features: Union[Tensor, Sequence[Tensor]]) -> Sequence[Tensor]:
        outputs = features if isinstance(features, (tuple, list)) else [features]
        outputs = list(outputs) * len(self.necks) if len(outputs) == 1 else outputs
        given = f'The backbone gives {len(outputs)} outputs to the necks of {len(self.necks)} spaces'
        expect(len(outputs) == len(self.necks), given, 'one for all, or one each', 'Set model.neck.necks')
        return outputs
