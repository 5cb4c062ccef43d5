"""A square at a random place."""

import numpy as np
import pytest

from mmcl.datasets.transforms import ResizeCenterCrop, ResizeRandomCrop
from mmcl.utils.errors import InputError
from tests.test_datasets.images import picture


def cut(key, **results):
    return ResizeRandomCrop(resize=24, crop=16)(dict(img=picture(0, 24, 32), view_key=key, **results))['img']


def test_squares_are_parts_of_the_resized_image_at_all_places_evenly():
    whole, places = picture(0, 24, 32), []
    for key in range(200):
        square = cut(key)
        assert square.shape == (16, 16, 3)
        found = [
            (top, left)
            for top in range(9)
            for left in range(17)
            if np.array_equal(whole[top : top + 16, left : left + 16], square)
        ]
        assert found
        places += found[:1]
    tops, lefts = zip(*places)
    assert set(tops) == set(range(9)) and {0, 16} <= set(lefts)
    assert abs(np.mean(tops) - 4) < 0.6 and abs(np.mean(lefts) - 8) < 1.2


def test_the_place_is_a_function_of_the_key():
    assert np.array_equal(cut(5), cut(5)) and not np.array_equal(cut(5), cut(6))


def test_the_fixed_view_still_cuts_the_centre():
    square = ResizeCenterCrop(resize=24, crop=16)(dict(img=picture(0, 24, 32)))['img']
    assert np.array_equal(square, picture(0, 24, 32)[4:20, 8:24])


def test_an_image_without_key_is_refused():
    with pytest.raises(InputError, match='view_key'):
        ResizeRandomCrop()(dict(img=picture(0)))
