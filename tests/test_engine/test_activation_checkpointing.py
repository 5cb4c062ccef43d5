"""Activations that are computed again."""

import pytest
import torch
from mmengine.config import Config

from mmcl.engine.activation_checkpointing import checkpoint_activations
from mmcl.utils.errors import InputError
from tests.test_engine.tiny import build
from tests.test_models import tiny


def test_a_run_with_it_is_the_run_without(tmp_path):
    states = []
    for name, changes in (('without', {}), ('with', {'activation_checkpointing': ['backbone']})):
        runner = build(tmp_path / name, changes)
        runner.train()
        states.append(runner.model.state_dict())
    # parameters, and batch norm's running statistics, in which a batch counts once
    for key, value in states[0].items():
        assert torch.equal(value, states[1][key]), key
    assert (
        "Activations are computed again in: ['backbone']" in next(tmp_path.glob('with/*/*.log')).read_text()
    )
    (config,) = (tmp_path / 'with').glob('*.py')
    assert Config.fromfile(config).activation_checkpointing == ['backbone']


def test_blocks_of_a_real_backbone_give_the_same_gradients_and_run_twice():
    inputs, samples = tiny.batch(num=6)
    gradients, calls = [], []
    for names in ([], ['backbone.layer1', 'backbone.layer4.1']):
        model = tiny.build('moco', encoder=dict(type='EMAPair', momentum=0.9, chunk_size=4))
        model.backbone.layer1[0].conv1.register_forward_hook(lambda *_: calls.append(1))
        checkpoint_activations(model, names)
        tiny.total(model.loss(inputs, samples)).backward()
        gradients.append([p.grad for p in model.parameters() if p.requires_grad] + list(model.buffers()))
        calls.append(0)
    assert all(torch.equal(a, b) for a, b in zip(*gradients))
    # two chunks, each encoded without gradient, with, and in the second model once more
    assert calls == [1] * 4 + [0] + [1] * 6 + [0]


def test_a_name_that_no_part_has_is_refused():
    with pytest.raises(InputError, match="'backbone.layr1'.*Did you mean 'backbone.layer1'"):
        checkpoint_activations(tiny.build('moco'), 'backbone.layr1')
