"""A memory bank for each view."""

from typing import List

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmcl.registry import MODELS
from mmcl.utils.errors import expect

from .memory_bank import MemoryBank


@MODELS.register_module()
class ViewBanks(BaseModule):
    """The last embedding of every image, for each view apart (CMC, https://arxiv.org/abs/1906.05849, section 3.3).

    Args:
        num_views (int): >= 2.
        **kwargs: See :class:`MemoryBank`.

    Raises:
        InputError: ``num_views`` < 2.
    """

    def __init__(self, num_views: int, **kwargs) -> None:
        super().__init__()
        given = f'ViewBanks has num_views={num_views}'
        expect(num_views >= 2, given, 'two views or more', 'Set model.memory.num_views')
        self.banks = nn.ModuleList(
            MemoryBank(name=f'memory bank {view}', **kwargs) for view in range(num_views)
        )

    def __getitem__(self, view: int) -> MemoryBank:
        return self.banks[view]

    @torch.no_grad()
    def write(self, embeddings: List[Tensor], index: Tensor) -> None:
        """Move the rows ``index`` (N,) of each view's bank towards its embeddings, one (N, D) a view."""
        for bank, embedding in zip(self.banks, embeddings):
            bank.write(embedding, index)
