import numpy as np

from mmcl.datasets import Digits


def test_digits_are_enlarged_and_marked_as_a_stand_in():
    train, test = Digits(split='train'), Digits(split='test', side=28)
    assert train.images.shape == (1500, 32, 32, 1) and test.images.shape == (297, 28, 28, 1)
    assert train.images.dtype == np.uint8 and train.images.max() == 255
    assert set(train.get_gt_labels()) == set(test.get_gt_labels()) == set(range(10))
    assert train.metainfo['degraded'] and len(train.metainfo['classes']) == 10
