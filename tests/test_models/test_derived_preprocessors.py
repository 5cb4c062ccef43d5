"""Preprocessors that do more than normalise."""

import pytest
import torch
from mmpretrain.structures import DataSample

from mmcl.registry import MODELS
from mmcl.utils.errors import InputError


def samples(num):
    return [DataSample(metainfo=dict(sample_idx=i, view_key=i)) for i in range(num)]


def test_padded_views_are_the_image_moved_by_up_to_the_padding_with_reflected_edges():
    view = dict(type='RandomView', size=8, crop_scale=(0.4444, 0.4444), crop_ratio=(1.0, 1.0), flip_prob=0)
    images = torch.randint(0, 256, (40, 3, 8, 8), dtype=torch.uint8)
    padded = torch.nn.functional.pad(images.float(), (2, 2, 2, 2), mode='reflect')
    preprocessor = MODELS.build(dict(type='PaddedPreprocessor', padding=2, mean=0.0, std=1.0, views=[view]))
    (made,) = preprocessor(dict(inputs=images, data_samples=samples(40)), training=True)['inputs']
    places = set()
    for i in range(40):
        found = [
            (top, left)
            for top in range(5)
            for left in range(5)
            if torch.allclose(made[i], padded[i, :, top : top + 8, left : left + 8], atol=1e-3)
        ]
        assert found
        places.update(found)
    assert len(places) > 12  # of 25


def test_evaluation_is_not_padded():
    preprocessor = MODELS.build(
        dict(type='PaddedPreprocessor', padding=2, mean=0.0, std=1.0, views=[dict(type='RandomView', size=8)])
    )
    images = torch.randint(0, 256, (2, 3, 8, 8), dtype=torch.uint8)
    assert torch.equal(preprocessor(dict(inputs=images))['inputs'], images.float())


def test_negative_padding_is_refused():
    with pytest.raises(InputError, match='padding=-1'):
        MODELS.build(dict(type='PaddedPreprocessor', padding=-1))
