"""HCL, MoCHi and i-Mix are parts: each works on several base methods by config alone, and leaves them where it does nothing."""

from pathlib import Path

import pytest

from mmcl.models.heads import HardNegativeHead
from mmcl.models.policies import MixedHardNegatives, MixedPositives
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
    'imix/r18w16_3e_fmnist': ('SimCLR', MixedPositives),
    'imix/r18w16-mocov2_3e_fmnist': ('MoCo', MixedPositives),
    'imix/r18w16-byol_3e_fmnist': ('BYOL', MixedPositives),
}
BASES = ('simclr', 'moco', 'mocov3')


@pytest.mark.parametrize('name', CONFIGS)
def test_a_config_puts_the_part_on_its_base_method(name):
    base, part = CONFIGS[name]
    learner = MODELS.build(load_config(str(ROOT / f'configs/{name}.py')).model)
    assert type(learner).__name__ == base
    parts = [learner.head, getattr(learner, 'positives', None), *getattr(learner, 'policies', [])]
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
