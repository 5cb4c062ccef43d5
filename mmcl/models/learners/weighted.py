"""What weights and sums do to the terms of a head."""

from typing import Dict, Sequence

import torch
from torch import Tensor

_LOSSES = ('loss', 'chance')  # the others are statistics


def weighted(terms: Dict[str, Tensor], weight: float) -> Dict[str, Tensor]:
    """A head's terms with ``loss`` and, where it tells one, ``chance`` multiplied; statistics stay as they are."""
    return {name: term * weight if name in _LOSSES else term for name, term in terms.items()}


def joined(terms: Sequence[Dict[str, Tensor]], add: bool) -> Dict[str, Tensor]:
    """The terms of several contrasts, one or more, as those of one: means, but where ``add`` is set, sums of ``loss`` and ``chance``."""
    stacked = {name: torch.stack([term[name] for term in terms]) for name in terms[0]}
    return {name: x.sum() if add and name in _LOSSES else x.mean() for name, x in stacked.items()}
