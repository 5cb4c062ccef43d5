"""Which reduced scale suits the crops of an image, and where the crops lie in it."""

from collections.abc import Iterable, Sequence

# A reduced image is sharper than what Pillow's triangle filter leaves of the full one. With crops of 1.5 times
# the view's side left to the filter, photographs differ by 1 to 2.5 grey levels a pixel, and the correlation of
# neighbours by 0.005; with none left (1.0), by 3 levels and 0.07.
_MARGIN = 1.5


def common_reduction(crops: Iterable[dict], sizes: Iterable[int], reductions: Sequence[int]) -> int:
    """The largest division of the sides that leaves every crop 1.5 times as long as its view, else 1.

    Args:
        crops (Iterable[dict]): ``height`` and ``width`` of each crop at full scale, in pixels.
        sizes (Iterable[int]): Side of each view, in pixels.
        reductions (Sequence[int]): What the decoder can do, largest first.
    """
    if not reductions:
        return 1
    spare = min(min(crop['height'], crop['width']) / (_MARGIN * size) for crop, size in zip(crops, sizes))
    return next((reduction for reduction in reductions if reduction <= spare), 1)


def reduce_crop(crop: dict, reduction: int, height: int, width: int) -> dict:
    """The crop in an image of ``height`` x ``width`` that was reduced; its edges move to whole pixels there.

    An edge moves by ``reduction / 2`` pixels of the full image at most: by a third of a pixel of the view where
    :func:`common_reduction` chose.
    """
    top, bottom = _edges(crop['top'], crop['height'], reduction, height)
    left, right = _edges(crop['left'], crop['width'], reduction, width)
    return {**crop, 'top': top, 'left': left, 'height': bottom - top, 'width': right - left}


def _edges(start: int, length: int, reduction: int, limit: int) -> tuple[int, int]:
    half = reduction // 2  # rounds half up, at either edge
    return (start + half) // reduction, min((start + length + half) // reduction, limit)
