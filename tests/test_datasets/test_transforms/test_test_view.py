import numpy as np
import pytest
import torchvision.transforms as T
from PIL import Image

from mmcl.registry import TRANSFORMS
from mmcl.utils.errors import InputError

from .pictures import picture


@pytest.mark.parametrize('mode', ['bilinear', 'bicubic'])
@pytest.mark.parametrize('size', [(96, 128), (131, 70), (20, 20), (65, 97)])
def test_resize_center_crop_equals_torchvision_to_one_level(size, mode):
    view = TRANSFORMS.build(dict(type='ResizeCenterCrop', resize=64, crop=49, interpolation=mode))
    image = picture(*size)
    ours = view(dict(img=image))['img']
    theirs = T.Compose([T.Resize(64, T.InterpolationMode(mode)), T.CenterCrop(49)])(Image.fromarray(image))
    assert ours.shape == (49, 49, 3) and ours.dtype == np.uint8
    # both round, Pillow between its two passes as well
    assert np.abs(ours.astype(int) - np.asarray(theirs)).max() <= 1


def test_grey_images_keep_their_one_channel():
    view = TRANSFORMS.build(dict(type='ResizeCenterCrop', resize=64, crop=49))
    assert view(dict(img=picture(channels=1)))['img'].shape == (49, 49, 1)


@pytest.mark.parametrize('bad', [dict(resize=20), dict(crop=0), dict(interpolation='nearest')], ids=str)
def test_bad_values_are_named(bad):
    (name,) = bad
    with pytest.raises(InputError, match=name):
        TRANSFORMS.build(dict(type='ResizeCenterCrop', **{'resize': 64, 'crop': 49, **bad}))
