"""One remembered embedding an image."""

from typing import Optional

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor

from mmcl.registry import MODELS
from mmcl.utils.dist import gather
from mmcl.utils.errors import InputError, expect
from mmcl.utils.step_random import step_generator


@MODELS.register_module()
class MemoryBank(BaseModule):
    """The last embedding of every image of the dataset (NPID, https://arxiv.org/abs/1805.01978, section 3.2).

    Args:
        dim (int): Width of an embedding.
        num_samples (int, optional): Rows; None takes the size of the training dataset before training.
        momentum (float): Fraction of the old row kept on writing, in [0, 1). Defaults to 0.5, as NPID.
        name (str): Of the random numbers that rows start from; banks of one model take a name each. Defaults to 'memory bank'.

    Raises:
        InputError: ``momentum`` outside [0, 1), or a checkpoint's bank of another size.
    """

    def __init__(
        self,
        dim: int,
        num_samples: Optional[int] = None,
        momentum: float = 0.5,
        name: str = 'memory bank',
    ) -> None:
        super().__init__()
        if not 0 <= momentum < 1:
            raise InputError(
                f'The memory bank has momentum={momentum}',
                'a number in [0, 1)',
                'Set model.memory.momentum, e.g. 0.5',
            )
        self.dim = dim
        self.momentum = momentum
        self.num_samples = num_samples
        self.name = name
        self._allocate(num_samples or 0)

    def _allocate(self, rows: int) -> None:
        # random directions, which hold a row's place until it is written; the same on all processes
        bank = torch.randn(rows, self.dim, generator=step_generator(self.name))
        self.register_buffer('bank', F.normalize(bank, dim=1))  # (N, D)
        self.register_buffer('written', torch.zeros(rows, dtype=torch.bool))

    def size_to_dataset(self, num_samples: int) -> None:
        """Give every image of the training dataset its row."""
        if self.num_samples is None:
            device = self.bank.device
            self._allocate(num_samples)
            self.to(device)
            self.num_samples = num_samples
        elif self.num_samples != num_samples:
            raise InputError(
                f'The memory bank has num_samples={self.num_samples} but the training dataset has {num_samples} images',
                'one row an image',
                f'Remove model.memory.num_samples, or set it to {num_samples}',
            )

    def __len__(self) -> int:
        return len(self.bank)

    def read(self, index: Optional[Tensor] = None) -> Tensor:
        """A copy of rows ``index`` (...,) -> (..., D); without an index the whole bank, which is no copy: it changes on the next write."""
        expect(
            len(self) > 0,
            'The memory bank has no rows',
            'a row an image',
            'Train with a Runner, which tells how many images there are, or set model.memory.num_samples',
        )
        return self.bank if index is None else self.bank[index]

    @torch.no_grad()
    def write(self, embeddings: Tensor, index: Tensor) -> None:
        """Mix embeddings (N, D) into rows ``index`` (N,) and scale the rows to length 1; those of all processes are gathered."""
        embeddings, index = gather(embeddings).to(self.bank.dtype), gather(index.to(self.bank.device))
        mixed = self.bank[index].mul(self.momentum).add_(embeddings, alpha=1 - self.momentum)
        self.fill(mixed, index)

    @torch.no_grad()
    def fill(self, embeddings: Tensor, index: Tensor) -> None:
        """Replace rows ``index`` (N,) by embeddings (N, D), scaled to length 1; every process must give the same."""
        self.bank[index] = F.normalize(embeddings.to(self.bank), dim=1)
        self.written[index] = True
