"""Numbers for each colour channel."""

from collections.abc import Sequence
from typing import Union

import numpy as np
import torch
from torch import Tensor

from mmcl.utils.errors import expect


def per_channel(name: str, values: Union[float, Sequence[float]], positive: bool = False) -> Tensor:
    """One number for all channels, or three, as a float32 tensor (1, 3, 1, 1).

    Raises:
        InputError: Another count, or a number <= 0 where ``positive`` ones are needed.
    """
    numbers = np.atleast_1d(values)  # looked at as numbers: under torch.device('meta') a tensor has none
    given = f'ViewPreprocessor has {name}={values}'
    remedy = f'Set data_preprocessor.{name}, in units of 0-255'
    expect(len(numbers) in (1, 3), given, 'one number for all channels, or three', remedy)
    expect(not positive or min(numbers) > 0, given, 'numbers above 0', remedy)
    return torch.tensor(numbers.tolist(), dtype=torch.float32).expand(3).clone().view(1, 3, 1, 1)


def scale_interleaved(images: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """``scale * images + shift`` of images whose channels lie side by side in memory.

    Along rows of the memory, on the spot: PyTorch's loops over three channels are several times slower, and a large batch's memory comes
    from the system, page by page, which takes longer than the arithmetic.

    Args:
        images (Tensor): (N, C, H, W), channels-last.
        scale (Tensor): (C,).
        shift (Tensor): (C,).

    Returns:
        Tensor: float32, of the same shape and format.
    """
    channels, width = images.shape[1], images.shape[3]
    rows = images.permute(0, 2, 3, 1).flatten(2).to(torch.float32, copy=True)
    torch.addcmul(shift.repeat(width), rows, scale.repeat(width), out=rows)
    return rows.unflatten(2, (width, channels)).permute(0, 3, 1, 2)
