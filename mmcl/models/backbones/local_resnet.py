"""ResNets that are trained in parts, each by a loss of its own."""

from contextlib import nullcontext
from typing import Sequence, Tuple

import torch
from mmpretrain.models.backbones import ResNet, ResNet_CIFAR
from torch import Tensor

from mmcl.models.norm import uncounted
from mmcl.registry import MODELS
from mmcl.utils.errors import expect


class _Local:
    """Gradient of a unit's output stops where the unit begins, while its stages may belong to two units.

    Stages that two units share run once for each, the second time behind a stop, with the same values: one output cannot pass one unit's
    gradient on and keep the other's. Only the first run counts in batch norm's statistics.
    """

    def __init__(self, *args, units: Sequence[Tuple[int, int]] = ((0, 1), (1, 2), (2, 3)), **kwargs) -> None:
        units = [tuple(unit) for unit in units]
        last_stage = kwargs.get('num_stages', 4) - 1
        begins, ends = zip(*units) if units else ((), ())
        good = (
            units
            and (begins[0], ends[-1]) == (0, last_stage)
            and all(first <= last for first, last in units)
            and all(a < b <= end + 1 for a, b, end in zip(begins, begins[1:], ends))
            and all(a < b for a, b in zip(ends, ends[1:]))
        )
        expected = f'(first, last) stages from 0 to {last_stage}, upwards, without a stage left out'
        expect(good, f'{type(self).__name__} has units={units}', expected, 'Set model.backbone.units')
        super().__init__(*args, out_indices=ends, **kwargs)
        self.units = units

    def forward(self, images: Tensor) -> Tuple[Tensor, ...]:
        """Images (N, 3, H, W) -> the map at the end of each unit, lowest first."""
        if not torch.is_grad_enabled():
            return super().forward(images)
        inputs, outputs = {0: images}, []  # what each stage is given, cut off from what made it
        for first, last in self.units:
            x = inputs[first]
            for stage in range(first, last + 1):
                x = self._stage(stage, x, again=stage + 1 in inputs)
                inputs.setdefault(stage + 1, x.detach())
            outputs.append(x)
        return tuple(outputs)

    def _stage(self, number: int, x: Tensor, again: bool) -> Tensor:
        layer = getattr(self, self.res_layers[number])
        with uncounted(layer) if again else nullcontext():
            return layer(self._stem(x) if number == 0 else x)

    def _stem(self, x: Tensor) -> Tensor:
        x = self.stem(x) if self.deep_stem else self.relu(self.norm1(self.conv1(x)))
        return self.maxpool(x) if hasattr(self, 'maxpool') else x


@MODELS.register_module()
class LocalResNet(_Local, ResNet):
    """MMPretrain's ``ResNet`` in units of stages, between which no gradient flows (LoCo, https://arxiv.org/abs/2008.01342, section 3).

    Names of parameters, and values, are ``ResNet``'s. Units that overlap by a stage are LoCo's; ``units=[(0, 0), (1, 1), (2, 2), (3, 3)]``
    are Greedy InfoMax's; ``units=[(0, 3)]`` is the plain network.

    Args:
        units (sequence of (int, int)): First and last stage of each, counted from 0; the stem belongs to stage 0. Defaults to
            ((0, 1), (1, 2), (2, 3)).
        **kwargs: See MMPretrain's ``ResNet``, without ``out_indices``.

    Shapes: (N, 3, H, W) -> a tuple, the map (N, C, h, w) at the end of each unit.
    Raises: InputError: units that are not in order, leave a stage out or end before the last.
    """


@MODELS.register_module()
class LocalResNet_CIFAR(_Local, ResNet_CIFAR):  # noqa: N801  as MMPretrain's
    """MMPretrain's ``ResNet_CIFAR`` in units of stages; see :class:`LocalResNet`.

    Args:
        units (sequence of (int, int)): First and last stage of each. Defaults to ((0, 1), (1, 2), (2, 3)).
        **kwargs: See MMPretrain's ``ResNet_CIFAR``, without ``out_indices``.
    """
