"""HCL, MoCHi, i-Mix and regularisers are parts: each works on several base methods by config, and leaves them where it does nothing."""

from pathlib import Path

import pytest
import torch

from mmcl.models.heads import HardNegativeHead, InformationHead, ReconstructionHead
from mmcl.models.policies import ClassPositives, MixedHardNegatives, MixedPositives
from mmcl.registry import MODELS
from mmcl.utils.cli import load_config
from tests.test_models.tiny import METHODS, batch, build, total

ROOT = Path(__file__).resolve().parents[3]
# config -> its base method, and the part that makes it another
CONFIGS = {
    'hcl/r18w16_3e_fmnist': ('SimCLR', HardNegativeHead),
    'hcl/r18w16-mocov2_3e_fmnist': ('MoCo', HardNegativeHead),
    'mochi/r18w16_3e_fmnist': ('MoCo', MixedHardNegatives),
    'mochi/r18w16-mocov1_3e_fmnist': ('MoCo', MixedHardNegatives),
    'mochi/r18w16-simclr_3e_fmnist': ('SimCLR', MixedHardNegatives),
    'supcon/r18w16_3e_fmnist': ('SimCLR', ClassPositives),
    'supcon/r18w16-moco_3e_fmnist': ('MoCo', ClassPositives),
    'kcl/r18w16_3e_fmnist': ('MoCo', ClassPositives),
    'tsc/r18w16_3e_fmnist': ('TSC', ClassPositives),
    'imix/r18w16_3e_fmnist': ('SimCLR', MixedPositives),
    'imix/r18w16-mocov2_3e_fmnist': ('MoCo', MixedPositives),
    'imix/r18w16-byol_3e_fmnist': ('BYOL', MixedPositives),
    'min_sufficient/r18w16_3e_fmnist': ('SimCLR', ReconstructionHead),
    'min_sufficient/r18w16-lbe_3e_fmnist': ('SimCLR', InformationHead),
    'min_sufficient/r18w16-byol_3e_fmnist': ('BYOL', ReconstructionHead),
    'min_sufficient/r18w16-byol-lbe_3e_fmnist': ('BYOL', InformationHead),
}
BASES = ('simclr', 'moco', 'mocov3')


@pytest.mark.parametrize('name', CONFIGS)
def test_a_config_puts_the_part_on_its_base_method(name):
    base, part = CONFIGS[name]
    learner = MODELS.build(load_config(str(ROOT / f'configs/{name}.py')).model)
    assert type(learner).__name__ == base
    parts = [
        learner.head,
        learner.regulariser,
        getattr(learner, 'positives', None),
        *getattr(learner, 'policies', []),
    ]
    assert any(isinstance(found, part) for found in parts)


def mixed_hard(name, **numbers):
    own = METHODS[name].get('negatives') or dict(type='BatchNegatives')
    return dict(negatives=[own, dict(type='MixedHardNegatives', num_hardest=4, **numbers)])


def hard_head(name, **numbers):
    return dict(head={**METHODS[name]['head'], 'type': 'HardNegativeHead', **numbers})


@pytest.mark.parametrize('name', BASES)
def test_hcl_without_hardness_and_debiasing_is_the_base_method(name):
    inputs, samples = batch()
    base = total(build(name).loss(inputs, samples)).item()
    nothing, hard = (
        total(build(name, **hard_head(name, beta=beta, debias=0.0)).loss(inputs, samples)).item()
        for beta in (0.0, 1.0)
    )
    assert nothing == pytest.approx(base, rel=1e-9) and hard > base


@pytest.mark.parametrize('name', BASES)
def test_mochi_without_mixes_is_the_base_method_and_mixes_raise_its_loss(name):
    inputs, samples = batch()
    base = total(build(name).loss(inputs, samples)).item()
    none, some = (
        total(build(name, **mixed_hard(name, num_mixes=s, num_query_mixes=s)).loss(inputs, samples)).item()
        for s in (0, 3)
    )
    assert none == base and some > base


@pytest.mark.parametrize('name', BASES)
def test_positives_by_class_where_no_two_images_share_one_are_the_base_method(name):
    base = METHODS[name]
    memory = {**base['memory'], 'type': 'LabelledQueue'} if 'memory' in base else None
    own = base.get('negatives') or dict(type='BatchNegatives')
    positives = dict(type='ClassPositives', sources=['queue' if memory else 'batch'])
    losses = []
    for classes in (range(6), [0] * 6):
        inputs, samples = batch()
        for sample, label in zip(samples, classes):
            sample.set_gt_label(label)
        learner = build(name, memory=memory, negatives=[own, positives])
        if memory:
            learner.memory.labels.copy_(torch.arange(20) % 2 * 9)  # of 0 there are keys, of 1 to 5 none
            for sample in samples if len(set(classes)) > 1 else ():
                sample.set_gt_label(int(sample.gt_label) + 1)
        losses.append(total(learner.loss(inputs, samples)).item())
    expected = total(build(name, memory=memory).loss(inputs, samples)).item()
    assert losses[0] == pytest.approx(expected, rel=1e-9) and losses[1] != pytest.approx(expected, rel=1e-3)
