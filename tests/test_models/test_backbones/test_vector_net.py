"""Fully connected layers on pixels."""

import pytest
import torch

from mmcl.models.backbones import VectorNet
from mmcl.utils.errors import InputError


def test_it_is_layer_after_layer_of_the_first_channel():
    net, images = VectorNet(side=4, channels=(5, 3), activation='tanh'), torch.randn(2, 3, 4, 4)
    expected = images[:, 0].reshape(2, 16)
    for layer in net.layers:
        expected = torch.tanh(expected @ layer[0].weight.T + layer[0].bias)
    (found,) = net(images)
    torch.testing.assert_close(found, expected)
    assert (VectorNet(side=4, channels=(5,))(images)[0] >= 0).all()


def test_images_of_another_size_and_unknown_activations_are_refused():
    with pytest.raises(InputError, match='5x4 pixels.*4x4'):
        VectorNet(side=4)(torch.zeros(1, 3, 5, 4))
    with pytest.raises(InputError, match="activation='gelu'"):
        VectorNet(activation='gelu')
    with pytest.raises(InputError, match='channels='):
        VectorNet(channels=())
