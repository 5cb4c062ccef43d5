"""Batch norm for two domains in one batch."""

import pytest
import torch
from mmengine.runner.checkpoint import load_state_dict
from torch import nn

from mmcl.models.norm import DomainBatchNorm, domain_batchnorm
from mmcl.utils.errors import InputError


def plain():
    norm = nn.BatchNorm2d(3).double()
    with torch.no_grad():
        norm.weight.uniform_(0.5, 2)
        norm.running_mean.normal_()
    return norm


def test_each_half_is_normalised_by_itself_and_evaluation_is_the_targets():
    norm, images = DomainBatchNorm(plain()), torch.randn(6, 3, 2, 2, dtype=torch.float64) * 3
    alone = [plain() for _ in range(2)]
    for each in alone:
        each.load_state_dict(norm.source.state_dict())
    expected = torch.cat([alone[0](images[:3]), alone[1](images[3:])])
    torch.testing.assert_close(norm(images), expected)
    assert not torch.equal(norm.source.running_mean, norm.target.running_mean)
    norm.eval()
    torch.testing.assert_close(norm(images), alone[1].eval()(images))


@pytest.mark.parametrize('load', [lambda net, state: net.load_state_dict(state), load_state_dict])
def test_weights_of_a_plain_network_load_into_both(load):
    source = nn.Sequential(nn.Conv2d(3, 3, 1), plain())
    net = domain_batchnorm(nn.Sequential(nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3))).double()
    load(net, source.state_dict())
    for norm in (net[1].source, net[1].target):
        assert torch.equal(norm.weight, source[1].weight)
        assert torch.equal(norm.running_mean, source[1].running_mean)
    again = domain_batchnorm(nn.Sequential(nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3))).double()
    again.load_state_dict(net.state_dict())  # and its own


def test_an_odd_batch_is_refused():
    with pytest.raises(InputError, match='5 images.*even batch_size'):
        DomainBatchNorm(plain())(torch.randn(5, 3, 2, 2).double())
