"""One random view of each of a scene's images, cut out alike."""

from collections.abc import Sequence
from typing import Union

from mmcv.transforms import BaseTransform

from mmcl.registry import TRANSFORMS
from mmcl.utils.errors import InputError
from mmcl.utils.keyed_random import mix

from .cpu_view import render_view
from .encoded import EncodedImage
from .random_view import RandomView, view_key

_PLACE = ('top', 'left', 'height', 'width', 'flip')


@TRANSFORMS.register_module()
class AlignedViews(BaseTransform):
    """Read the images ``view_paths`` of a scene (``AlignedFolders``) and make one view of each; ``img`` becomes their list.

    Args:
        views (dict | list[dict]): The ``RandomView`` of each of them, or one for all.
        aligned (bool): Crop and flip all of them alike, which images of one sensor's geometry want (colour and depth): the draw is one, in
            shares of each image's own size. What else a recipe draws (jitter, blur) is drawn for each apart. False: everything is, for
            cameras at different places. Defaults to True.

    Raises:
        InputError: A scene without ``view_paths``, or with other than as many as ``views``.
        UnreadableImage: An image cannot be read; the dataset then takes the next scene.
    """

    def __init__(self, views: Union[dict, Sequence[dict]], aligned: bool = True) -> None:
        self.views = [_built(view) for view in ([views] if not isinstance(views, (list, tuple)) else views)]
        self.aligned = aligned

    def transform(self, results: dict) -> dict:
        """Replace ``img`` by the list of views."""
        paths = results.get('view_paths', ())
        views = self.views * len(paths) if len(self.views) == 1 else self.views
        if not paths or len(views) != len(paths):
            raise InputError(
                f'AlignedViews has {len(self.views)} views for a scene of {len(paths)} images',
                'a dataset of type AlignedFolders with as many views',
                'Set views of the dataset or of AlignedViews',
            )
        key, images = view_key(results), []
        for number, (view, path) in enumerate(zip(views, paths)):
            image = EncodedImage.read(path).decode()
            (params,) = view.draw_each(mix(key, number), *image.shape[:2])
            if self.aligned:
                (shared,) = view.draw_each(mix(key, 0), *image.shape[:2])
                params.update({name: shared[name] for name in _PLACE})
            images.append(render_view(view, image, params))
        return {**results, 'img': images, 'img_shape': images[0].shape[:2]}

    def __repr__(self) -> str:
        return f'AlignedViews({self.views}, aligned={self.aligned})'


def _built(view: Union[dict, RandomView]) -> RandomView:
    view = TRANSFORMS.build(view) if isinstance(view, dict) else view
    if not isinstance(view, RandomView):
        raise InputError(
            f'AlignedViews has a view of type {type(view).__name__}',
            'RandomView',
            'Change views of AlignedViews',
        )
    return view
