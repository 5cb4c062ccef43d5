"""A random view that has something in common with another view of its image."""

from collections.abc import Sequence
from typing import Union

import numpy as np

from mmcl.registry import TRANSFORMS
from mmcl.utils.errors import expect
from mmcl.utils.keyed_random import mix

from .random_view import DRAWS, RandomView


@TRANSFORMS.register_module()
class RelatedView(RandomView):
    """A :class:`RandomView` of which some draws are those of another view of the image (LooC, https://arxiv.org/abs/2008.05659).

    What is shared are the numbers themselves: the same factors in the same order, the same angle. Everything else is drawn for this view.
    The other view is a recipe with the same ranges of what is shared; neither has to be made for the other.

    Args:
        shares (Sequence[str]): What is the other view's: some of 'crop', 'flip', 'colour' (jitter and grey), 'blur', 'solarize' and
            'rotation'. Defaults to ().
        differs (Sequence[str]): What is never the other view's: 'rotation', whose three other angles are then equally frequent, or
            nothing. Defaults to ().
        source (int): Number of the other view. Defaults to 0.
        **kwargs: See :class:`RandomView`.

    Raises:
        InputError: Another name, one in both lists, or 'rotation' of a view that is not turned.
    """

    def __init__(
        self,
        *args,
        shares: Sequence[str] = (),
        differs: Sequence[str] = (),
        source: int = 0,
        **kwargs,
    ) -> None:
        super().__init__(*args, **kwargs)
        names = [name for name in DRAWS if name != 'rotation' or self.rotate]
        turned = '' if self.rotate else ' (and rotation, with rotate=True)'
        given, remedy = f'RelatedView has shares={shares} and differs={differs}', 'Set shares and differs'
        expected = (
            f'shares among {", ".join(names)}{turned}; differs empty, or rotation where it is not shared'
        )
        good = set(shares) <= set(names) and set(differs) <= {'rotation'} & set(names) - set(shares)
        expect(good, given, expected, remedy)
        self.shares, self.differs, self.source = tuple(shares), tuple(differs), source

    def keys(self, image_key: Union[int, np.ndarray], number: Union[int, np.ndarray]) -> np.ndarray:
        """What this view and what the other one is drawn from, (..., 2)."""
        own = mix(image_key, number)
        return np.stack([own, np.broadcast_to(mix(image_key, self.source), own.shape)], axis=-1)

    def numbers(self, keys: np.ndarray) -> np.ndarray:
        """All that is drawn, from keys (N, 2), or (2,) for one view."""
        keys = np.atleast_2d(keys)
        own, other = super().numbers(keys[:, 0]), super().numbers(keys[:, 1])
        for name in self.shares:
            own[:, DRAWS[name]] = other[:, DRAWS[name]]
        for name in self.differs:  # one to three quarters further
            further = np.floor(4 * other[:, DRAWS[name]]) + 1 + np.floor(3 * own[:, DRAWS[name]])
            own[:, DRAWS[name]] = (further % 4 + 0.5) / 4
        return own
