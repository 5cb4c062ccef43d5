"""Projectors and predictors."""

import pytest
import torch
from torch import nn

from mmcl.models.necks import MLP, pool
from mmcl.utils.errors import InputError


def kinds(mlp):
    return [type(layer).__name__.replace('NaiveSync', 'Sync') for layer in mlp.layers]


def test_pooling_takes_the_last_map_and_averages_over_space():
    maps = (torch.randn(2, 3, 4, 4), torch.randn(2, 5, 2, 2))
    assert torch.allclose(pool(maps), maps[1].flatten(2).mean(2))
    assert torch.equal(pool(maps[1][:, :, 0, 0]), maps[1][:, :, 0, 0])


def test_mocov2_head_is_linear_relu_linear_with_biases_and_no_norm():
    mlp = MLP(8, 6, 4, norm_cfg=None)
    assert kinds(mlp) == ['Linear', 'ReLU', 'Linear']
    assert mlp.layers[0].bias is not None and mlp.layers[2].bias is not None


def test_mocov1_head_is_one_linear_layer():
    assert kinds(MLP(8, 6, 4, num_layers=1)) == ['Linear']


def test_simclr_head_has_no_bias_and_a_last_norm_that_scales_but_does_not_shift():
    mlp = MLP(
        8, 6, 4, norm_cfg=dict(type='BN'), bias=False, last_bias=False, last_norm='scale', init='normal'
    )
    mlp.init_weights()
    assert [name for name, p in mlp.named_parameters() if p.requires_grad] == [
        'layers.0.weight',
        'layers.1.weight',
        'layers.1.bias',
        'layers.3.weight',
        'layers.4.weight',
    ]
    assert mlp.layers[4].bias.abs().sum() == 0
    assert mlp.layers[0].weight.std().item() == pytest.approx(0.01, rel=0.3)


def test_byol_head_has_a_bias_on_the_first_layer_only_and_haikus_initialisation():
    mlp = MLP(512, 512, 4, norm_cfg=dict(type='BN'), last_bias=False, init='lecun')
    mlp.init_weights()
    first, last = mlp.layers[0], mlp.layers[3]
    assert first.bias is not None and first.bias.abs().sum() == 0 and last.bias is None
    std = 512**-0.5
    assert first.weight.abs().max() <= 2 * std
    assert first.weight.std().item() == pytest.approx(0.88 * std, rel=0.02)  # a normal cut at two deviations


def test_three_layers_have_two_hidden_widths():
    mlp = MLP(8, 6, 4, num_layers=3, norm_cfg=None)
    assert [m.out_features for m in mlp.layers if isinstance(m, nn.Linear)] == [6, 6, 4]


@pytest.mark.parametrize('wrong', [dict(num_layers=0), dict(last_norm='half'), dict(init='zeros')])
def test_unknown_values_are_refused_by_name(wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(InputError, match=f'{name}={value!r}'):
        MLP(8, 6, 4, **wrong)
