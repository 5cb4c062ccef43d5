"""Slots take parts of their kind."""

import pytest

from mmcl.utils.errors import InputError
from tests.test_models.tiny import BACKBONE, NECK, QUEUE, build


@pytest.mark.parametrize(
    'slot, part, kind',
    [
        ('backbone', NECK, 'backbones'),
        ('neck', BACKBONE, 'necks'),
        ('head', QUEUE, 'heads'),
        ('memory', dict(type='LatentHead'), 'memories'),
        ('encoder', QUEUE, 'encoders'),
        ('predictor', dict(type='LatentHead'), 'necks'),
    ],
)
def test_a_part_of_the_wrong_kind_is_refused_by_name(slot, part, kind):
    with pytest.raises(InputError, match=f'model.{slot} is a {part["type"]}.*Expected one of {kind}'):
        build('moco', **{slot: part})


def test_parts_of_mmpretrain_fit_their_slots():
    learner = build('simclr', neck=dict(type='MoCoV2Neck', in_channels=32, hid_channels=16, out_channels=8))
    assert type(learner.neck).__name__ == 'MoCoV2Neck'
