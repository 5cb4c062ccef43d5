"""Necks of maps."""

import pytest
import torch

from mmcl.models.necks import LocalNeck, MapSummary
from mmcl.utils.errors import InputError

BN = dict(type='BN')


def test_layer_norm_is_over_the_channels_of_each_location():
    neck = LocalNeck(4, 6, norm_cfg=BN)
    neck.init_weights()
    made = neck(torch.randn(3, 4, 5, 2))
    assert torch.allclose(made.mean(dim=1), torch.zeros(3, 5, 2), atol=1e-5)
    assert torch.allclose(made.var(dim=1, unbiased=False), torch.ones(3, 5, 2), atol=1e-3)


def test_a_neck_that_starts_at_its_shortcut_nearly_copies_the_map():
    neck = LocalNeck(4, 6, norm_cfg=None, last_norm='BN', zero_init=True)
    neck.norm = torch.nn.Identity()
    neck.init_weights()
    x = torch.randn(3, 4, 2, 2)
    assert torch.allclose(neck(x)[:, :4], x, atol=0.05 * x.abs().max()) and neck(x)[:, 4:].abs().max() < 0.2


def test_a_location_is_embedded_without_its_neighbours():
    neck = LocalNeck(4, 6, norm_cfg=BN).eval()
    x = torch.randn(1, 4, 3, 3)
    changed = x.clone()
    changed[:, :, 0, 0] += 1
    same = (neck(x) - neck(changed)).abs().sum(dim=1)[0] == 0
    assert same.sum() == 8 and not same[0, 0]


def test_a_summary_is_one_location():
    assert MapSummary(4, 6, 8, 5, norm_cfg=BN)(torch.randn(3, 4, 6, 6)).shape == (3, 5, 1, 1)


def test_wrong_arguments_are_refused():
    with pytest.raises(InputError, match="last_norm='GN'"):
        LocalNeck(4, 6, last_norm='GN')
    with pytest.raises(InputError, match='even'):
        MapSummary(4, 5, 8, 5)
