"""The small AlexNet."""

import pytest
import torch

from mmcl.models.backbones import SmallAlexNet
from mmcl.utils.errors import InputError


def test_it_has_the_layers_of_the_paper_at_64_pixels():
    net = SmallAlexNet(norm_cfg=dict(type='BN'))
    shapes = [tuple(p.shape) for p in net.parameters() if p.dim() > 1]
    assert shapes[:5] == [
        (96, 3, 3, 3),
        (192, 96, 3, 3),
        (384, 192, 3, 3),
        (384, 384, 3, 3),
        (192, 384, 3, 3),
    ]
    assert shapes[5:] == [(4096, 192 * 7 * 7), (4096, 4096)]
    assert [type(layer).__name__ for layer in net.layers].count('MaxPool2d') == 3
    assert not any(
        getattr(layer, 'bias', None) is not None for layer in net.layers if hasattr(layer, 'stride')
    )


def test_weights_start_with_the_authors_deviation():
    net = SmallAlexNet(img_size=32, channels=(8,) * 5, fc_channels=256, norm_cfg=dict(type='BN'))
    net.init_weights()
    last = [layer for layer in net.layers if isinstance(layer, torch.nn.Linear)][-1].weight
    assert last.std().item() == pytest.approx(0.02, rel=0.05)
    (output,) = net(torch.randn(3, 3, 32, 32))
    assert output.shape == (3, 256) and (output >= 0).all()


def test_images_of_another_size_get_a_sentence():
    net = SmallAlexNet(img_size=32, channels=(4,) * 5, fc_channels=8, norm_cfg=dict(type='BN'))
    with pytest.raises(InputError, match='48x48 pixels.*32x32.*img_size'):
        net(torch.randn(2, 3, 48, 48))
    with pytest.raises(InputError, match='img_size=8'):
        SmallAlexNet(img_size=8)
