"""What the views of a batch are drawn from."""

from typing import Sequence

import numpy as np
from mmpretrain.structures import DataSample

from mmcl.utils.errors import expect


def view_keys(data_samples: Sequence[DataSample]) -> np.ndarray:
    """Each image's key, a function of seed, epoch and image, uint64 (N,).

    Raises:
        InputError: A sample has none.
    """
    expect(
        bool(data_samples) and all('view_key' in sample for sample in data_samples),
        'Samples came without a view_key, and something is to be drawn for each image',
        'data samples with the view_key that mmcl datasets give',
        'Use a dataset of mmcl and PackViews',
    )
    return np.array([sample.view_key for sample in data_samples], dtype=np.uint64)
