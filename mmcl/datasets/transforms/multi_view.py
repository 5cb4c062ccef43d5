"""Several views of one image."""

import random
from contextlib import contextmanager
from typing import Iterator, List, Sequence, Union

import numpy as np
import torch
from mmcv.transforms import BaseTransform

from mmcl.registry import TRANSFORMS
from mmcl.utils.errors import InputError
from mmcl.utils.keyed_random import mix

from .random_view import RandomView


@TRANSFORMS.register_module()
class MultiView(BaseTransform):
    """Make one view of the image with each of ``views``.

    Each view is a function of ``view_key`` and of its place in the list, so it stays the same whatever the
    other views are. A transform that is not mmcl's (MMPretrain's, say) draws from the global generators of
    Python, NumPy and PyTorch: they are seeded for it and given back as they were.

    Args:
        views (list[dict | BaseTransform]): One transform a view, each from ``img`` to ``img``, at least one.

    Raises:
        InputError: ``views`` is empty or not a list.

    ``img`` becomes the list of views. Keys that a view's transform makes (labels, say) are kept, the last
    view's where several make one.
    """

    def __init__(self, views: Sequence[Union[dict, BaseTransform]]) -> None:
        if not isinstance(views, Sequence) or isinstance(views, str) or not views:
            raise InputError(
                f'MultiView has views={views!r}',
                'a list with one transform a view',
                "Write e.g. views=[dict(type='RandomView', size=224)] * 2",
            )
        self.views = [TRANSFORMS.build(view) if isinstance(view, dict) else view for view in views]

    def transform(self, results: dict) -> dict:
        """Replace ``img`` by the list of its views."""
        image, key = results['img'], results['view_key']
        images: List[np.ndarray] = []
        made: dict = {}
        for number, view in enumerate(self.views):
            given = {**results, 'img': image, 'view_number': number}
            if isinstance(view, RandomView):
                given = view(given)
            else:
                with _seeded(int(mix(key, number))):
                    given = view({**given, 'img': image.copy()})
            images.append(given.pop('img'))
            del given['view_number']
            made.update(given)
        results.update(made, img=images)
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(views={self.views})'


@contextmanager
def _seeded(key: int) -> Iterator[None]:
    """Seed the three global generators for a while."""
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    random.seed(key)
    np.random.seed(key & 0xFFFFFFFF)
    torch.default_generator.manual_seed(key >> 1)
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_rng_state(states[2])
