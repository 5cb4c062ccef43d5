"""SimCLR v2's selective-kernel and wide networks."""

from functools import partial

import pytest
import torch
import torch.nn.functional as F

from mmcl.models.backbones.sk_resnet import SelectiveKernel, SKBottleneck, SKResNet
from mmcl.registry import MODELS


@pytest.mark.parametrize(
    'kind, depth, width, millions, published',
    [  # the authors' table, in millions; exactly what their layers add up to, without the classifier
        ('ResNet', 50, 1, 23.508032, 24),
        ('SKResNet', 50, 1, 35.215584, 35),
        ('ResNet', 50, 2, 93.907072, 94),
        ('SKResNet', 50, 2, 140.306048, 140),
        ('ResNet', 101, 1, 42.500160, 43),
        ('SKResNet', 101, 1, 64.662304, 65),
        ('ResNet', 101, 2, 169.771136, 170),
        ('SKResNet', 101, 2, 257.132224, 257),
        ('ResNet', 152, 1, 58.143808, 58),
        ('SKResNet', 152, 1, 88.940896, 89),
        ('ResNet', 152, 2, 232.253568, 233),
        ('SKResNet', 152, 2, 353.398528, 354),
        ('SKResNet', 152, 3, 794.704160, 795),
    ],
)
def test_parameters_are_as_many_as_published(kind, depth, width, millions, published, monkeypatch):
    # nothing is held in memory; MMPretrain's ResNet reads numbers from what linspace gives
    monkeypatch.setattr(torch, 'linspace', partial(torch.linspace, device='cpu'))
    with torch.device('meta'):
        net = MODELS.build(dict(type=kind, depth=depth, base_channels=64 * width, stem_channels=64 * width))
    count = sum(p.numel() for p in net.parameters())
    assert count == round(millions * 1e6)
    assert abs(count / 1e6 - published) < 1  # the table rounds either way
    assert net.feat_dim == 2048 * width


def slow_selective_kernel(module, x):
    """The definition, an image and a channel at a time."""
    width = module.mix.out_channels // 2
    both = module.norm(F.conv2d(x, module.conv.weight, stride=module.conv.stride, padding=1)).clamp(min=0)
    u = [both[:, :width], both[:, width:]]
    context = torch.stack([(u[0] + u[1])[:, c].mean(dim=(1, 2)) for c in range(width)], dim=1)
    narrow = module.squeeze_norm((context @ module.squeeze.weight[:, :, 0, 0].T)[..., None, None])
    scores = narrow.clamp(min=0)[..., 0, 0] @ module.mix.weight[:, :, 0, 0].T
    out = torch.zeros_like(u[0])
    for n in range(len(x)):
        for c in range(width):
            shares = torch.stack([scores[n, c], scores[n, c + width]]).exp()
            shares = shares / shares.sum()
            out[n, c] = shares[0] * u[0][n, c] + shares[1] * u[1][n, c]
    return out


@pytest.mark.parametrize('stride', [1, 2])
def test_selective_kernel_is_the_softmax_mix_of_two_branches(stride):
    module = SelectiveKernel(3, 5, stride, dict(type='BN')).double()
    torch.nn.init.normal_(module.mix.weight)
    x = torch.randn(4, 3, 6, 6, dtype=torch.float64)
    assert torch.allclose(module(x), slow_selective_kernel(module, x), atol=1e-12)
    assert module(x).min() >= 0


def test_equal_branches_come_out_as_they_are():
    module = SelectiveKernel(3, 5, 1, dict(type='BN')).double()
    with torch.no_grad():
        module.conv.weight[5:] = module.conv.weight[:5]
        module.mix.weight.normal_()
    x = torch.randn(4, 3, 6, 6, dtype=torch.float64)
    branch = module.norm(module.conv(x)).clamp(min=0)[:, :5]
    assert torch.allclose(module(x), branch, atol=1e-12)


def test_the_bottleneck_of_a_kernel_is_a_sixteenth_and_at_least_32_wide():
    widths = [SelectiveKernel(8, w, 1, dict(type='BN')).squeeze.out_channels for w in (64, 512, 1024)]
    assert widths == [32, 32, 64]


def tiny():
    net = SKResNet(50, base_channels=2, stem_channels=4)
    net.init_weights()
    return net


@pytest.mark.parametrize('side', [4, 5])
def test_shortcuts_average_two_by_two_pixels_at_any_stride(side):
    net = tiny()
    for layer, stride in ((net.layer1, 1), (net.layer2, 2)):
        average = layer[0].downsample[0]
        x = torch.randn(1, 3, side, side)
        expected = torch.empty(1, 3, *[-(-side // stride)] * 2)
        for i in range(expected.shape[2]):
            for j in range(expected.shape[3]):
                there = x[..., i * stride : i * stride + 2, j * stride : j * stride + 2]
                expected[..., i, j] = there.mean(dim=(2, 3))
        assert torch.allclose(average(x), expected, atol=1e-6)
        assert layer[0].downsample[1].stride == (1, 1)


def test_blocks_start_as_identities_and_the_stem_is_three_convolutions():
    net = tiny()
    blocks = [module for module in net.modules() if isinstance(module, SKBottleneck)]
    assert len(blocks) == 16 and all((block.norm3.weight == 0).all() for block in blocks)
    assert [conv.conv.kernel_size for conv in net.stem] == [(3, 3)] * 3
    assert [conv.conv.out_channels for conv in net.stem] == [2, 2, 4]
    assert net(torch.randn(2, 3, 64, 64))[-1].shape == (2, 64, 2, 2)


def test_basic_blocks_have_no_selective_kernels():
    with pytest.raises(KeyError, match='invalid depth 18'):
        SKResNet(18)
