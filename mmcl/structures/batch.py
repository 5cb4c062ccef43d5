"""What a batch of data samples says, as tensors."""

from typing import Sequence, Tuple, Union

import torch
from mmpretrain.structures import DataSample
from torch import Tensor

from mmcl.utils.errors import expect

Inputs = Union[
    Tensor, Sequence[Tensor]
]  # views of N images, each (N, 3, H, W); the only one may come without a list


def sample_idx(data_samples: Sequence[DataSample]) -> Tensor:
    """Each image's own index in its dataset, int64 (N,)."""
    return torch.tensor([sample.sample_idx for sample in data_samples], dtype=torch.int64)


def labels(data_samples: Sequence[DataSample]) -> Tensor:
    """Each image's class, int64 (N,); -1 where it is unknown."""
    return torch.tensor([int(s.gt_label) if 'gt_label' in s else -1 for s in data_samples], dtype=torch.int64)


def class_labels(
    data_samples: Sequence[DataSample], num_classes: int, option: str, unknown: bool = False
) -> Tensor:
    """Each image's class as :func:`labels` gives it, checked.

    Args:
        data_samples (Sequence[DataSample]): N samples.
        num_classes (int): Classes there are.
        option (str): What says so in the config, for the message.
        unknown (bool): Whether -1 will do. Defaults to False.

    Raises:
        InputError: A label that is no class.
    """
    found = labels(data_samples)
    wrong = (found >= num_classes) | ((found < 0) & (not unknown))
    expect(
        not wrong.any(),
        f'A training image has the label {found[wrong][:1].tolist()}, where -1 is unknown',
        f'0 to {num_classes - 1}, since {option}={num_classes}',
        'Set num_classes, or keep labelled images only: labelled=dict(share=0.01, only=True) in the dataset',
    )
    return found


def single_view(inputs: Inputs, taker: str) -> Tensor:
    """The one view of each image, (N, 3, H, W), which may have come in a list.

    Raises:
        InputError: Several views, which ``taker`` has no use for.
    """
    if isinstance(inputs, Tensor):
        return inputs
    given = f'{taker} was given {len(inputs)} views an image'
    expect(len(inputs) == 1, given, 'one', 'Give model.data_preprocessor.views, or MultiView, a list of one')
    return inputs[0]


def mixture(data_samples: Sequence[DataSample]) -> Tuple[Tensor, Tensor]:
    """How each image was mixed: its own share, float64 (N,) in [0, 1], and the row of the batch that has the rest, int64 (N,).

    Raises:
        InputError: The images were not mixed.
    """
    mixed = all('mixed_with' in sample for sample in data_samples)
    remedy = "Set model.data_preprocessor to dict(type='MixingPreprocessor', ...)"
    expect(mixed, 'A batch whose images were not mixed', 'samples with share and mixed_with', remedy)
    share = torch.tensor([sample.share for sample in data_samples], dtype=torch.float64)
    return share, torch.tensor([sample.mixed_with for sample in data_samples], dtype=torch.int64)
