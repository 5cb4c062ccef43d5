"""What the backbone made of a view."""

from dataclasses import dataclass
from typing import List

from torch import Tensor


@dataclass
class ViewFeatures:
    """One view and its pooled features at the backbone's outputs.

    Args:
        images (Tensor): The view as the network saw it, (N, 3, H, W).
        clean (list[Tensor]): The mean over space of each output, (N, C) each, lowest first, at least fp32.
        noisy (list[Tensor]): The same with noise, where the encoder adds some; the last one is what the projector was given.
    """

    images: Tensor
    clean: List[Tensor]
    noisy: List[Tensor]
