"""Predicts patches from those on one side of them."""

from typing import Dict, Optional, Sequence

import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmcl.registry import MODELS
from mmcl.utils.errors import expect, expect_each

DIRECTIONS = ('down', 'up', 'right', 'left')


def oriented(grid: Tensor, direction: str) -> Tensor:
    """Turn a grid so that what lies ahead in ``direction`` lies in the rows below; (..., R, C) -> (..., R', C')."""
    if direction in ('right', 'left'):
        grid = grid.transpose(-2, -1)
    return grid.flip(-2) if direction in ('up', 'left') else grid


class MaskedBlock(nn.Module):
    """A residual block whose output in a row depends on this row and the one above.

    Args:
        channels (int): Channels of input and output.
        hidden_channels (int): Channels between.
    """

    def __init__(self, channels: int, hidden_channels: int) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(channels, hidden_channels, 1)
        self.across = nn.Conv2d(hidden_channels, hidden_channels, (1, 3), padding=(0, 1))
        self.down = nn.Conv2d(hidden_channels, hidden_channels, (2, 1))
        self.expand = nn.Conv2d(hidden_channels, channels, 1)

    def forward(self, grid: Tensor) -> Tensor:
        """(N, D, R, C) -> (N, D, R, C)."""
        hidden = self.across(self.reduce(grid).relu())
        hidden = self.down(
            F.pad(hidden, (0, 0, 1, 0))
        ).relu()  # a row of zeros on top only: the row below must not leak
        return grid + self.expand(hidden)


@MODELS.register_module()
class GridPredictor(BaseModule):
    """CPC v2's context networks and predictions (https://arxiv.org/abs/1905.09272, section 3.1 and appendix).

    In each direction a network of masked convolutions sums up all patches up to a row, and a linear map for each step predicts the
    embedding of the patch in the same column so many rows ahead. Each direction has parameters of its own.

    Args:
        in_channels (int): Width of the patches' features, D.
        out_channels (int): Width of the embeddings that are predicted.
        hidden_channels (int): Width inside the masked blocks. Defaults to 256.
        num_blocks (int): Masked blocks, >= 1. Defaults to 5.
        directions (sequence of str): Of 'down', 'up', 'right', 'left', where the patches lie that are predicted. Defaults to all four.
        steps (sequence of int): Rows ahead, >= 1; those that overlap the last seen patch make the task too easy. Defaults to (3,).

    Shapes: (N, D, R, C) -> for each (direction, step) predictions (N * (R - step) * C, out_channels), in the order of the turned grid.
    Raises: InputError: another direction, a step below 1 or, when called, as long as the grid.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        hidden_channels: int = 256,
        num_blocks: int = 5,
        directions: Sequence[str] = DIRECTIONS,
        steps: Sequence[int] = (3,),
        init_cfg: Optional[dict] = None,
    ) -> None:
        super().__init__(init_cfg)
        expect_each(
            'GridPredictor has',
            'Set model.predictor.{name}',
            (
                'directions',
                directions,
                directions and set(directions) <= set(DIRECTIONS),
                f'some of {DIRECTIONS}',
            ),
            ('steps', steps, steps and min(steps) >= 1, 'numbers of rows, each at least 1'),
        )
        self.steps = tuple(steps)
        self.contexts = nn.ModuleDict(
            {
                direction: nn.Sequential(
                    *(MaskedBlock(in_channels, hidden_channels) for _ in range(num_blocks))
                )
                for direction in directions
            }
        )
        self.predictions = nn.ModuleDict(
            {
                f'{direction}{step}': nn.Linear(in_channels, out_channels)
                for direction in directions
                for step in steps
            }
        )

    @property
    def names(self) -> list:
        """A name for each direction and step, e.g. 'down3'."""
        return list(self.predictions)

    def context(self, grid: Tensor, direction: str) -> Tensor:
        """Sum up the turned grid, (N, D, R', C'): row r knows rows up to r."""
        return self.contexts[direction](oriented(grid, direction)).relu()

    def forward(self, grid: Tensor) -> Dict[str, Tensor]:
        """Predict; the keys are ``names``."""
        found = {}
        for direction in self.contexts:
            context = self.context(grid, direction)
            for step in self.steps:
                rows = context.shape[2] - step
                given = f'GridPredictor has steps={self.steps} on a grid of {context.shape[2]} rows'
                expect(rows >= 1, given, 'steps shorter than the grid', 'Set model.predictor.steps')
                seen = context[:, :, :rows].permute(0, 2, 3, 1).flatten(0, 2)  # (N * rows * C', D)
                found[f'{direction}{step}'] = self.predictions[f'{direction}{step}'](seen)
        return found

    def targets(self, index: Tensor) -> Dict[str, Tensor]:
        """Numbers (N, R, C) of the grid's patches -> the number of each prediction's patch, by ``names``."""
        return {
            f'{direction}{step}': oriented(index, direction)[:, step:].flatten()
            for direction in self.contexts
            for step in self.steps
        }
