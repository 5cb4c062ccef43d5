"""How large the views of a config are."""

from collections.abc import Iterator, Mapping
from typing import Any


def view_side(cfg: Mapping) -> int:
    """Side of the training views in pixels.

    Args:
        cfg (Mapping): A training config.

    Returns:
        int: Of the first recipe for the device, else of the first crop in the training pipeline; 224 where there is neither.
    """
    views = ((cfg.get('model') or {}).get('data_preprocessor') or {}).get('views')
    return next(_sides([views, (cfg.get('train_dataloader') or {}).get('dataset')]), 224)


def _sides(value: Any) -> Iterator[int]:
    if isinstance(value, Mapping):
        yield from (value[name] for name in ('size', 'crop_size') if isinstance(value.get(name), int))
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _sides(item)
