"""From a backbone's output to vectors."""

from typing import Sequence, Union

from torch import Tensor


def pool(features: Union[Tensor, Sequence[Tensor]]) -> Tensor:
    """A backbone's last output, (N, C, H, W) or (N, C), averaged over space to (N, C)."""
    if isinstance(features, (tuple, list)):
        features = features[-1]
    return features.mean(dim=(2, 3)) if features.dim() == 4 else features
