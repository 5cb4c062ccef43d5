"""Grids of patches."""

import pytest
import torch
from mmpretrain.structures import DataSample

from mmcl.models.patch_preprocessor import shear
from mmcl.registry import MODELS
from mmcl.utils.errors import InputError

PLAIN = dict(type='PatchPreprocessor', patch=8, stride=4, mean=0.0, std=1.0)
JITTER = dict(
    crop_scale=(1.0, 1.0), crop_ratio=(1.0, 1.0), jitter=(0.8, 0.8, 0.8, 0.2), jitter_prob=1.0, flip_prob=0
)


def data(num=3, size=20, key=0):
    images = torch.randint(0, 256, (num, 3, size, size), dtype=torch.uint8)
    samples = [DataSample(metainfo=dict(sample_idx=i, view_key=key + i)) for i in range(num)]
    return dict(inputs=images, data_samples=samples)


def test_patches_are_cut_out_row_by_row():
    given = data()
    made = MODELS.build(PLAIN)(given)['inputs']
    assert made.shape == (3, 4, 4, 3, 8, 8)
    for row in range(4):
        for column in range(4):
            part = given['inputs'][:, :, 4 * row : 4 * row + 8, 4 * column : 4 * column + 8]
            assert torch.equal(made[:, row, column], part.float())


def test_the_papers_grid_has_36_patches():
    made = MODELS.build({**PLAIN, 'patch': 80, 'stride': 36})(data(1, 260))['inputs']
    assert made.shape == (1, 6, 6, 3, 80, 80)


def test_each_patch_is_changed_by_itself_in_training_only():
    given = data(1)
    given['inputs'][:] = torch.arange(8 * 8 * 3, dtype=torch.uint8).view(3, 8, 8).repeat(1, 3, 3)[:, :20, :20]
    preprocessor = MODELS.build(
        {**PLAIN, 'stride': 8, 'patch_view': JITTER}
    )  # the same pixels in every patch
    plain = preprocessor(given)['inputs'].flatten(0, 2)
    made = preprocessor(given, training=True)['inputs'].flatten(0, 2)
    assert all(torch.equal(plain[0], patch) for patch in plain)
    assert not any(torch.equal(made[i], made[j]) for i in range(4) for j in range(i))


def test_a_draw_is_a_function_of_the_view_key_and_not_of_the_batch():
    preprocessor = MODELS.build({**PLAIN, 'patch_view': JITTER, 'shear_prob': 0.5})
    given = data()
    whole = preprocessor(given, training=True)['inputs']
    part = dict(inputs=given['inputs'][1:], data_samples=given['data_samples'][1:])
    torch.testing.assert_close(preprocessor(part, training=True)['inputs'], whole[1:], rtol=1e-5, atol=1e-3)
    later = dict(given, data_samples=data(key=100)['data_samples'])
    assert not torch.allclose(preprocessor(later, training=True)['inputs'], whole)


def test_a_shear_moves_rows_by_their_distance_from_the_centre_and_nothing_else():
    image = torch.zeros(1, 1, 9, 9)
    image[..., 4] = 1  # a vertical line
    made = shear(image, torch.tensor([[0.5, 0.0]]))
    centres = (made[0, 0] * torch.arange(9)).sum(dim=1) / made[0, 0].sum(dim=1)
    assert torch.allclose(centres, 4 - 0.5 * (torch.arange(9) - 4.0), atol=1e-4)
    assert torch.allclose(shear(image, torch.zeros(1, 2)), image, atol=1e-5)


def test_grey_images_become_patches_of_three_channels():
    given = dict(data(), inputs=torch.zeros(3, 1, 20, 20, dtype=torch.uint8))
    view = dict(type='RandomView', size=16)
    preprocessor = MODELS.build({**PLAIN, 'views': [view], 'patch_view': JITTER})
    assert preprocessor(given, training=True)['inputs'].shape == (3, 3, 3, 3, 8, 8)


@pytest.mark.parametrize(
    'changes, message',
    [
        (dict(patch=0), 'patch=0'),
        (dict(shear_prob=2), 'shear_prob=2'),
        (dict(views=[dict(type='RandomView', size=8)] * 2), 'one view'),
    ],
)
def test_wrong_arguments_are_refused(changes, message):
    with pytest.raises(InputError, match=message):
        MODELS.build({**PLAIN, **changes})


def test_images_smaller_than_a_patch_and_several_views_are_refused():
    preprocessor = MODELS.build({**PLAIN, 'patch': 32})
    with pytest.raises(InputError, match='32 px'):
        preprocessor(data())
    with pytest.raises(InputError, match='2 views'):
        preprocessor(dict(data(), inputs=[data()['inputs']] * 2))
