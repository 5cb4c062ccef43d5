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
