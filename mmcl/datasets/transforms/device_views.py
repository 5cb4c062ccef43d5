"""The views that a data preprocessor makes: their recipes, and what is drawn for a batch."""

from collections.abc import Callable, Sequence
from typing import Optional, Union

import torch
from torch import Tensor

from mmcl.registry import TRANSFORMS
from mmcl.structures import view_keys
from mmcl.utils.errors import InputError

from .batch_view import batch_view
from .random_view import RandomView

_CPU_VALUES = (
    3 * 128 * 32 * 32
)  # worked on at once on a CPU: few enough for its cache, enough to call torch for


class DeviceViews:
    """Recipes of the views that are made of each training image on the device.

    Args:
        views (Sequence[dict or RandomView], optional): One ``RandomView`` a view.

    Raises:
        InputError: A view is no ``RandomView``.
    """

    def __init__(self, views: Optional[Sequence[Union[dict, RandomView]]]) -> None:
        self.views = [TRANSFORMS.build(view) if isinstance(view, dict) else view for view in views or []]
        for view in self.views:
            if not isinstance(view, RandomView):
                raise InputError(
                    f'ViewPreprocessor has a view of type {type(view).__name__}',
                    'RandomView, which can work on a batch',
                    'Make other views in the pipeline, with MultiView',
                )

    def __len__(self) -> int:
        return len(self.views)

    def make(
        self,
        images: Tensor,
        data_samples: Optional[Sequence],
        finish: Callable[[Tensor], Tensor],
        memory_format: torch.memory_format,
    ) -> list[Tensor]:
        """Make the views of a batch.

        Args:
            images (Tensor): (N, C, H, W), C 1 or 3, values 0-255.
            data_samples (Sequence[DataSample]): N samples with ``view_key``.
            finish (callable): Applied to each view while it is in the cache, (n, C, h, w) -> float32 (n, 3, h, w).
            memory_format (torch.memory_format): Of the result.

        Returns:
            list[Tensor]: V views, float32 (N, 3, h, w).
        """
        draws = self.draw(images, data_samples)
        made = _empty([view.size for view in self.views], len(images), images.device, memory_format)
        for result, (view, params) in zip(made, draws):
            step = len(images)
            if images.device.type == 'cpu':
                values = images.shape[1] * max(view.size**2, images.shape[2:].numel())
                step = max(1, _CPU_VALUES // values)
            for start in range(0, len(images), step):
                part = slice(start, start + step)
                mine = {name: values[part] for name, values in params.items()}
                result[part] = finish(batch_view(view, images[part], mine))
        return made

    def draw(self, images: Tensor, data_samples: Optional[Sequence]) -> list[tuple[RandomView, dict]]:
        """Each view's recipe with its parameters for these images, those that ``MultiView`` would draw.

        Raises:
            InputError: Each sample came as several views already, or without a ``view_key``.
        """
        if not isinstance(images, Tensor):
            raise InputError(
                f'The data preprocessor has views, and each sample came as {len(images)} views',
                'one image a sample',
                'Take MultiView out of the pipeline, or views out of data_preprocessor',
            )
        keys = view_keys(data_samples)
        return [(view, view.draw(view.keys(keys, v), *images.shape[2:])) for v, view in enumerate(self.views)]


def _empty(
    sizes: Sequence[int], num: int, device: torch.device, memory_format: torch.memory_format
) -> list[Tensor]:
    """A tensor (num, 3, size, size) of each size, in one block of memory.

    Of several blocks freed together, glibc hands the memory back to the system, and getting it page by page
    for the next batch took a tenth of the time.
    """
    counts = [num * 3 * size**2 for size in sizes]
    parts = torch.empty(sum(counts), device=device).split(counts)
    if memory_format == torch.channels_last:
        return [part.view(num, size, size, 3).permute(0, 3, 1, 2) for part, size in zip(parts, sizes)]
    return [part.view(num, 3, size, size) for part, size in zip(parts, sizes)]
