"""Several views of one image."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Optional, Union

import numpy as np
import torch
from mmcv.transforms import BaseTransform

from mmcl.registry import TRANSFORMS
from mmcl.utils.errors import InputError
from mmcl.utils.keyed_random import mix

from .cpu_view import render_view
from .loading import EncodedImage, pixels
from .random_view import RandomView, view_key
from .reduced import common_reduction, reduce_crop


@TRANSFORMS.register_module()
class MultiView(BaseTransform):
    """Make one view of the image with each of ``views``.

    Each view is a function of ``view_key`` and of its place in the list: it stays the same whatever the other
    views are. A transform that is not mmcl's (MMPretrain's, say) draws from the global generators of Python,
    NumPy and PyTorch: they are seeded for it and given back as they were.

    After ``LoadImage(defer=True)`` the views are drawn before the image is decoded. Where all crops are large
    enough it is decoded at a reduced scale (``common_reduction``), so that how fine the pixels are that a crop is
    taken from may depend on the smallest crop.

    ``img`` becomes the list of views. Keys that a view's transform makes (labels, say) are kept, the last
    view's where several make one. If a transform gives None, so does this one.

    Args:
        views (list[dict | BaseTransform]): One transform a view, each from ``img`` to ``img``, at least one.

    Raises:
        InputError: ``views`` is no list or empty; an image comes without ``view_key``.
    """

    def __init__(self, views: Sequence[Union[dict, BaseTransform]]) -> None:
        if not isinstance(views, (list, tuple)) or not views:
            raise InputError(
                f'MultiView has views={views!r}',
                'a list with one transform a view',
                "Write e.g. views=[dict(type='RandomView', size=224)] * 2",
            )
        self.views = [TRANSFORMS.build(view) if isinstance(view, dict) else view for view in views]
        # Views of one recipe are drawn in one call: for one image, its time does not depend on their number.
        self._recipes: dict[str, list[int]] = {}
        for number, view in enumerate(self.views):
            if isinstance(view, RandomView):
                self._recipes.setdefault(repr(view), []).append(number)
        self._all_drawn = sum(map(len, self._recipes.values())) == len(self.views)

    def transform(self, results: dict) -> Optional[dict]:
        """Replace ``img`` by the list of its views."""
        key = view_key(results)
        image, params = self._decode_and_draw(results['img'], key)
        images, made = [], {}
        for number, view in enumerate(self.views):
            if number in params:
                images.append(render_view(view, image, params[number]))
                made['img_shape'] = images[-1].shape[:2]
                continue
            with seeded(int(mix(key, number))):
                seen = view({**results, 'img': image.copy(), 'view_number': number})
            if seen is None:
                return None
            images.append(seen['img'])
            made.update(seen)
        return {**results, **made, 'img': images}

    def _decode_and_draw(
        self, image: Union[np.ndarray, EncodedImage], key: int
    ) -> tuple[np.ndarray, dict[int, dict]]:
        """The image's array, and the parameters of each RandomView in its pixels, by the view's number."""
        if isinstance(image, EncodedImage) and image.size and self._all_drawn:
            params = self._draw(key, *image.size)
            sizes = [self.views[number].size for number in params]
            reduction = common_reduction(params.values(), sizes, image.reductions())
            image, (height, width) = image.decode(reduction), image.size
            if image.shape[:2] == (-(-height // reduction), -(-width // reduction)):
                if reduction > 1:
                    params = {n: reduce_crop(crop, reduction, *image.shape[:2]) for n, crop in params.items()}
                return image, params
            # else the header was wrong, or the reduced scale was refused
        image = pixels(image)
        return image, self._draw(key, *image.shape[:2])

    def _draw(self, key: int, height: int, width: int) -> dict[int, dict]:
        params = {}
        for numbers in self._recipes.values():
            recipe = self.views[numbers[0]]
            keys = recipe.keys(key, np.array(numbers))
            params.update(zip(numbers, recipe.draw_each(keys, height, width)))
        return params

    def __repr__(self) -> str:
        return f'MultiView({self.views})'


@contextmanager
def seeded(key: int) -> Iterator[None]:
    """Seed the three global generators for a while."""
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    random.seed(key)
    np.random.seed(key & 0xFFFFFFFF)
    # torch.manual_seed would seed the GPUs as well, which a loader's process must not touch.
    torch.default_generator.manual_seed(key >> 1)
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_rng_state(states[2])
