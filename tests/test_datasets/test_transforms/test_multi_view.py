import random

import numpy as np
import pytest
import torch

from mmcl.datasets.transforms import MultiView
from mmcl.registry import TRANSFORMS
from mmcl.utils.errors import InputError

from .pictures import picture

VIEW = dict(type='RandomView', size=24, jitter=(0.4, 0.4, 0.4, 0.1), jitter_prob=1.0)
FOREIGN = [dict(type='RandomResizedCrop', scale=24), dict(type='ColorJitter', brightness=0.9, contrast=0.9)]


def make(views, key=7, image=None):
    results = dict(img=picture() if image is None else image, view_key=key, sample_idx=3, gt_label=2)
    return MultiView(views)(results)


def test_views_are_a_list_and_other_keys_stay():
    made = make([VIEW, dict(VIEW, size=16)])
    assert [view.shape for view in made['img']] == [(24, 24, 3), (16, 16, 3)]
    assert (made['sample_idx'], made['gt_label'], made['view_key']) == (3, 2, 7)
    assert 'view_number' not in made


def test_a_view_depends_on_its_place_and_not_on_the_other_views():
    first, second = make([VIEW, VIEW])['img']
    assert (first != second).any()
    assert (make([VIEW])['img'][0] == first).all()
    for other in (dict(VIEW, size=8), FOREIGN[0]):
        assert (make([other, VIEW])['img'][1] == second).all()


def test_views_of_another_key_differ():
    for first, second in zip(make([VIEW, VIEW], 1)['img'], make([VIEW, VIEW], 2)['img']):
        assert (first != second).any()


@pytest.mark.parametrize('view', FOREIGN, ids=lambda view: view['type'])
def test_foreign_transforms_are_functions_of_the_key_too(view):
    one = make([view, view])['img']
    np.random.seed(99)
    torch.manual_seed(99)
    random.seed(99)
    again = make([view, view])['img']
    assert all((a == b).all() for a, b in zip(one, again))
    assert (one[0] != one[1]).any()
    assert (make([view], 8)['img'][0] != one[0]).any()


class TorchNoise:
    """Draws from PyTorch's generator and Python's, and leaves a label of its own."""

    def __call__(self, results):
        results['img'] += torch.randint(0, 99, results['img'].shape, dtype=torch.uint8).numpy()
        results['made_label'] = random.randrange(10**9)
        return results


def test_global_generators_are_given_back_and_made_labels_kept():
    states = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state()
    image = picture()
    one, two = (make([VIEW, TorchNoise()], image=image) for _ in range(2))
    assert (one['img'][1] == two['img'][1]).all() and one['made_label'] == two['made_label']
    assert (image == picture()).all(), 'a transform that works in place must not change the image'
    assert random.getstate() == states[0]
    assert np.random.get_state()[1].tolist() == states[1]
    assert torch.equal(torch.get_rng_state(), states[2])


def test_a_transform_that_rejects_an_image_rejects_all_its_views():
    assert make([VIEW, lambda results: None]) is None


@pytest.mark.parametrize('views', [[], None, 'RandomView', dict(VIEW)], ids=str)
def test_a_list_of_views_is_needed(views):
    with pytest.raises(InputError, match='MultiView has views'):
        TRANSFORMS.build(dict(type='MultiView', views=views))


def test_a_missing_key_is_said():
    with pytest.raises(InputError, match='view_key'):
        MultiView([VIEW])(dict(img=picture()))
