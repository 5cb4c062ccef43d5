"""MoCo v3."""

import math

import pytest
import torch
import torch.nn.functional as F

from mmcl.registry import MODELS
from tests.test_models.tiny import batch, build, total


def test_loss_is_the_algorithm_boxs():
    learner = build('mocov3')
    inputs, samples = batch()
    value = total(learner.loss(inputs, samples)).item()
    q = [F.normalize(learner.predictor(learner.project(x)), dim=1) for x in inputs]
    k = [F.normalize(learner.project(x), dim=1) for x in inputs]  # the target is still a copy
    expected = sum(
        2 * 0.2 * F.cross_entropy(a @ b.T / 0.2, torch.arange(len(a)))
        for a, b in ((q[0], k[1]), (q[1], k[0]))
    )
    assert value == pytest.approx(expected.item(), abs=1e-6)


def test_equal_orthonormal_queries_and_keys_cost_the_closed_form():
    head = MODELS.build(dict(type='ContrastiveHead', temperature=1.0, loss_weight=2.0))
    from mmcl.models.policies import BatchNegatives, InstancePositives, Step
    from mmcl.structures import ContrastSet

    eye = torch.eye(5, dtype=torch.float64)
    step = Step({0: eye, 1: eye}, {0: eye, 1: eye}, [])
    contrast = BatchNegatives('key')(InstancePositives()(ContrastSet(eye), step), step)
    assert head(contrast)['loss'].item() == pytest.approx(2 * math.log(1 + 4 * math.exp(-1)), abs=1e-6)


def test_momentum_runs_a_step_ahead_and_ends_at_one():
    learner = build('mocov3')
    values = [learner.encoder.update(learner, step, 4) for step in range(4)]
    expected = [1 - 0.1 * (1 + math.cos(math.pi * (step + 1) / 4)) / 2 for step in range(4)]
    assert values == pytest.approx(expected, abs=1e-12) and values[-1] == 1


@pytest.fixture
def vit():
    arch = dict(embed_dims=16, num_layers=1, num_heads=4, feedforward_channels=32)
    cfg = dict(type='MoCoV3ViT', arch=arch, img_size=32, patch_size=16, out_type='cls_token')
    backbone = MODELS.build(dict(cfg, stop_grad_conv1=True))
    backbone.init_weights()
    return backbone


def test_position_embedding_and_patch_projection_are_fixed_from_the_start(vit):
    vit(torch.randn(2, 3, 32, 32))[-1].sum().backward()
    fixed = {name for name, p in vit.named_parameters() if not p.requires_grad}
    assert fixed == {'pos_embed', 'patch_embed.projection.weight', 'patch_embed.projection.bias'}


def test_position_embedding_is_the_sine_cosine_of_row_and_column(vit):
    omega = 10000.0 ** (-torch.arange(4) / 4)  # 16 / 4 frequencies
    for token, (row, column) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)], start=1):
        parts = [f(x * omega) for x in (row, column) for f in (torch.sin, torch.cos)]
        found = vit.pos_embed[0, token]
        assert sorted(found.tolist()) == pytest.approx(sorted(torch.cat(parts).tolist()), abs=1e-6)
    assert vit.pos_embed[0, 0].abs().max() == 0
