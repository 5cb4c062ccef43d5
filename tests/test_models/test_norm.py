import copy

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from mmcl.models.norm import (
    CrossRankBatchNorm,
    SplitBatchNorm,
    average_statistics,
    convert_sync_batchnorm_for_cpu,
    split_batchnorm,
    without_sync,
)
from mmcl.utils.dist import rank
from mmcl.utils.errors import InputError
from mmcl.utils.launcher import init_distributed
from tests.processes import call

N, C = 4, 3
SHAPES = [(2 * N, C), (2 * N, C, 5, 2)]


def batch(shape) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return 100 + 5 * torch.randn(*shape, generator=generator, dtype=torch.float64)


def trained(layer, x, weight) -> dict:
    """Two training steps and an evaluation: outputs, gradients, running statistics."""
    layer.double()
    with torch.no_grad():
        layer.weight.copy_(torch.arange(1.0, C + 1))
        layer.bias.copy_(torch.arange(C))
    x = x.clone().requires_grad_()
    output = layer(x)
    (output * weight).sum().backward()
    layer(x.detach() ** 2)
    layer.eval()
    return dict(
        output=output.detach(),
        x=x.grad,
        weight=layer.weight.grad,
        bias=layer.bias.grad,
        mean=layer.running_mean,
        var=layer.running_var,
        count=layer.num_batches_tracked,
        eval=layer(x).detach(),
    )


def on_two_ranks() -> list:
    init_distributed('pytorch')
    mine = slice(rank() * N, (rank() + 1) * N)
    results = []
    for shape in SHAPES:
        layer = convert_sync_batchnorm_for_cpu(nn.Sequential(nn.SyncBatchNorm(C)))[0]
        assert type(layer) is CrossRankBatchNorm
        results.append(trained(layer, batch(shape)[mine], batch(shape)[mine].cos()))
    model = nn.Sequential(
        nn.BatchNorm1d(C), CrossRankBatchNorm(C), nn.BatchNorm1d(C, track_running_stats=False)
    )
    with torch.no_grad():
        for layer in model[:2]:
            layer.running_mean.fill_(rank())
            layer.running_var.fill_(2 + rank())
    average_statistics(model)
    results.append([float(layer.running_mean[0]) for layer in model[:2]] + [float(model[0].running_var[0])])
    uneven = CrossRankBatchNorm(C).double()
    ends = (0, 3, 8)
    results.append(uneven(batch(SHAPES[0])[ends[rank()] : ends[rank() + 1]]).detach())
    return results


@pytest.fixture(scope='module')
def ranks(tmp_path_factory):
    return call(on_two_ranks, folder=tmp_path_factory.mktemp('ranks'), processes=2)


@pytest.mark.parametrize('case', range(len(SHAPES)))
def test_cross_rank_batch_norm_equals_one_process_on_the_whole_batch(ranks, case):
    x = batch(SHAPES[case])
    plain = nn.BatchNorm1d(C) if x.dim() == 2 else nn.BatchNorm2d(C)
    expected = trained(plain, x, x.cos())
    both = [result[case] for result in ranks]
    for key in ('output', 'x', 'eval'):
        assert torch.allclose(torch.cat([each[key] for each in both]), expected[key], rtol=0, atol=1e-10), key
    for key in ('weight', 'bias'):
        assert torch.allclose(sum(each[key] for each in both), expected[key], rtol=0, atol=1e-10), key
    for key in ('mean', 'var', 'count'):
        for each in both:
            assert torch.allclose(each[key], expected[key], rtol=1e-12, atol=1e-10), key


def test_cross_rank_batch_norm_weighs_ranks_by_their_images(ranks):
    expected = nn.BatchNorm1d(C).double()(batch(SHAPES[0]))
    assert torch.allclose(torch.cat([result[-1] for result in ranks]), expected, atol=1e-10)


def test_running_statistics_that_are_not_synchronised_are_averaged(ranks):
    assert [result[len(SHAPES)] for result in ranks] == [[0.5, 0.0, 2.5], [0.5, 1.0, 2.5]]


def test_alone_sync_batch_norm_becomes_plain():
    model = nn.Sequential(nn.Conv2d(3, C, 1), nn.SyncBatchNorm(C))
    keys = list(model.state_dict())
    model = convert_sync_batchnorm_for_cpu(model)
    assert (
        not isinstance(model[1], (nn.SyncBatchNorm, CrossRankBatchNorm)) and list(model.state_dict()) == keys
    )
    assert torch.isfinite(model(torch.rand(2, 3, 4, 4))).all()


def test_without_sync_leaves_no_layer_that_waits_for_other_processes():
    model = without_sync(nn.Sequential(CrossRankBatchNorm(C), nn.Sequential(nn.SyncBatchNorm(C))))
    assert not any(isinstance(layer, (CrossRankBatchNorm, nn.SyncBatchNorm)) for layer in model.modules())


@pytest.mark.parametrize('shape', SHAPES)
def test_split_batch_norm_equals_one_batch_norm_for_each_part(shape):
    x = batch(shape)
    layer, plain = SplitBatchNorm(C, 4), nn.BatchNorm2d(C)
    result = trained(layer, x, x.cos())
    parts = []
    for part, weight in zip(x.chunk(4), x.cos().chunk(4)):
        part, weight = (each if each.dim() == 4 else each[..., None, None] for each in (part, weight))
        parts.append(trained(copy.deepcopy(plain), part, weight))
    for key in ('output', 'x'):
        expected = torch.cat([part[key] for part in parts]).view(shape)
        assert torch.allclose(result[key], expected, atol=1e-10), key
    for key in ('weight', 'bias'):
        assert torch.allclose(result[key], sum(part[key] for part in parts), atol=1e-10), key
    for key in ('mean', 'var'):
        assert torch.allclose(result[key], torch.stack([part[key] for part in parts]).mean(0), atol=1e-10), (
            key
        )
    assert result['count'] == 2
    evaluated = F.batch_norm(x, result['mean'], result['var'], layer.weight, layer.bias)
    assert torch.allclose(result['eval'], evaluated, atol=1e-10)


def test_split_batch_norm_refuses_a_batch_that_does_not_divide():
    with pytest.raises(InputError, match='batch of 6 images cannot be split into 4'):
        SplitBatchNorm(C, 4)(torch.rand(6, C))


def test_split_batchnorm_converts_in_place_and_keeps_parameters_and_keys():
    model = nn.Sequential(nn.Conv2d(3, C, 1), nn.Sequential(nn.BatchNorm2d(C, eps=0.1)), nn.SyncBatchNorm(C))
    keys, weight = list(model.state_dict()), model[1][0].weight
    assert split_batchnorm(model, 2) is model
    assert isinstance(model[1][0], SplitBatchNorm) and model[1][0].eps == 0.1 and model[1][0].weight is weight
    assert isinstance(model[2], nn.SyncBatchNorm)
    assert list(model.state_dict()) == keys
    assert isinstance(split_batchnorm(nn.BatchNorm1d(C), 2), SplitBatchNorm)


def test_without_affine_and_statistics_split_batch_norm_still_normalises():
    layer = SplitBatchNorm(C, 2, affine=False, track_running_stats=False)
    output = layer(torch.rand(8, C))
    assert torch.allclose(output[:4].mean(0), torch.zeros(C), atol=1e-6)


def test_bf16_stays_bf16_with_statistics_in_fp32():
    layer = SplitBatchNorm(C, 2)
    output = layer(torch.rand(8, C, 2, 2).bfloat16())
    assert output.dtype == torch.bfloat16 and layer.running_mean.dtype == torch.float32
