"""ResNet-32 for CIFAR."""

import pytest
import torch

from mmcl.models.backbones import ThinResNet
from mmcl.utils.errors import InputError


@pytest.mark.parametrize('depth, millions', [(20, 0.27), (32, 0.46), (44, 0.66), (56, 0.85)])
def test_parameters_are_the_published_ones_and_those_of_two_shortcuts(depth, millions):
    network = ThinResNet(depth)
    count = sum(p.numel() for p in network.parameters())
    shortcuts = 16 * 32 + 2 * 32 + 32 * 64 + 2 * 64
    assert (count - shortcuts + 64 * 10 + 10) / 1e6 == pytest.approx(millions, abs=0.006)
    layers = sum(isinstance(m, torch.nn.Conv2d) for m in network.modules()) - 2 + 1
    assert layers == depth


def test_a_small_image_becomes_64_channels_of_a_quarter_of_its_side():
    assert ThinResNet(8)(torch.zeros(2, 3, 32, 32))[0].shape == (2, 64, 8, 8)


def test_a_depth_that_there_is_not_is_refused():
    with pytest.raises(InputError, match='depth=18'):
        ThinResNet(18)
