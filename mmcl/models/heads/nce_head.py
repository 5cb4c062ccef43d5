"""NPID's head."""

import math
from functools import partial
from typing import Callable, Dict, Optional

import torch
from torch import Tensor

from mmcl.models.losses import nce
from mmcl.registry import MODELS
from mmcl.structures import ContrastSet
from mmcl.utils.dist import gather
from mmcl.utils.errors import expect

from .contrastive_head import ContrastiveHead
from .one_positive import OnePositive


@MODELS.register_module()
class NCEHead(OnePositive, ContrastiveHead):
    """NCE of a :class:`ContrastSet` (NPID, https://arxiv.org/abs/1805.01978, section 3.2); see :func:`~mmcl.models.losses.nce`.

    The partition function is estimated once, from the first batch of all processes, as n times the mean of exp(cosine / temperature)
    over all candidates, the positives among them, and then stays: a buffer, so that a resumed run keeps it.

    Args:
        temperature (float): Divides the cosines, > 0. Defaults to 0.07.
        num_samples (int, optional): n, >= 1; None takes the size of the training dataset before training.
        loss_weight (float): Multiplies the loss. Defaults to 1.

    Raises:
        InputError: ``temperature`` <= 0, or n is unknown.
    """

    def __init__(
        self, temperature: float = 0.07, num_samples: Optional[int] = None, loss_weight: float = 1.0
    ) -> None:
        super().__init__(temperature, loss_weight)
        self.num_samples = num_samples
        self.register_buffer('log_z', torch.tensor(math.nan))
        self._estimated = None  # whether log_z is there, read without a device synchronisation

    def size_to_dataset(self, num_samples: int) -> None:
        """Learn how many images the training dataset has."""
        self.num_samples = self.num_samples or num_samples

    @property
    def rule(self) -> Callable:
        """The loss of an anchor."""
        return partial(nce, log_z=self.log_z, num_samples=self.num_samples)

    def forward(self, contrast: ContrastSet) -> Dict[str, Tensor]:
        """Compare; see :meth:`ContrastiveHead.forward`. ``chance`` is the loss where every probability is 1 / n."""
        remedy = 'Train with a Runner, which tells how many images there are, or set model.head.num_samples'
        expect(
            self.num_samples, f'NCEHead has num_samples={self.num_samples}', 'the images trained on', remedy
        )
        if self._estimated is None:
            self._estimated = not bool(self.log_z.isnan())
        if not self._estimated:
            self._estimate(contrast)
        terms = super().forward(contrast)
        num = (terms['chance'] / self.loss_weight).exp()  # K + 1
        chance = num.log() + (num - 1) * (num / (num - 1)).log()
        return dict(terms, chance=chance * self.loss_weight)

    @torch.no_grad()
    def _estimate(self, contrast: ContrastSet) -> None:
        cosines = contrast.cosines()
        contrast.hide(cosines)
        exponents = gather(cosines.div_(self.temperature).flatten().double())
        num = (exponents > -torch.inf).sum().double()
        self.log_z.copy_(exponents.logsumexp(dim=0) - num.log() + math.log(self.num_samples))
        self._estimated = True

    def _load_from_state_dict(self, *args) -> None:
        self._estimated = None
        super()._load_from_state_dict(*args)
