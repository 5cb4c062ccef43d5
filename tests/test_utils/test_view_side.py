"""The size of a config's views is read from its recipes."""

import pytest

from mmcl.utils.view_side import view_side

DEVICE = dict(
    data_preprocessor=dict(views=[dict(type='RandomView', size=48), dict(type='RandomView', size=64)])
)


def pipeline(*steps):
    return dict(dataset=dict(dataset=dict(pipeline=list(steps))))


@pytest.mark.parametrize(
    'cfg, side',
    [
        (dict(model=DEVICE, train_dataloader=pipeline(dict(type='ResizeCenterCrop', crop_size=300))), 48),
        (
            dict(
                model={},
                train_dataloader=pipeline(dict(type='MultiView', views=[dict(type='RandomView', size=96)])),
            ),
            96,
        ),
        (dict(train_dataloader=pipeline(dict(type='LoadImage'), dict(type='RandomCrop', crop_size=32))), 32),
        (dict(model=dict(data_preprocessor=None), train_dataloader=dict(batch_size=8)), 224),
        ({}, 224),
    ],
)
def test_the_first_recipe_tells_the_side_those_for_the_device_before_the_pipeline(cfg, side):
    assert view_side(cfg) == side
