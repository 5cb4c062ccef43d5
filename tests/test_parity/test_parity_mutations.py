"""The comparison would notice: mistakes, made in mmcl on purpose, each make it fail."""

import pytest
import torch

from mmcl.engine.optimizers import LARS
from mmcl.engine.schedulers import WarmupCosineLR
from mmcl.models.encoders import EMAPair, StopGradPair
from mmcl.models.heads import MixtureHead
from mmcl.models.methods import MoCo

from .cases import CASES
from .comparing import assert_agree, read
from .replay import replay


def target_moves_twice(patch, case):
    update = EMAPair.update
    patch.setattr(EMAPair, 'update', lambda *args, **kwargs: [update(*args, **kwargs) for _ in range(2)][1])


def keys_have_gradient(patch, case):
    patch.setattr(
        StopGradPair, 'stop_gradient', property(lambda self: False, lambda self, value: None), raising=False
    )
    attach = EMAPair.attach

    def attach_trained(self, learner):
        attach(self, learner)
        self.target.requires_grad_(True)

    patch.setattr(EMAPair, 'attach', attach_trained)
    patch.setattr(EMAPair, '_key', EMAPair._project)  # without no_grad


def keys_are_enqueued_before_the_contrast(patch, case):
    remember, compare = MoCo.remember, MoCo.compare

    def remember_and_compare(self, step):
        remember(self, step.key, step.data_samples)
        return compare(self, step)

    patch.setattr(MoCo, 'remember', lambda *args: None)
    patch.setattr(MoCo, 'compare', remember_and_compare)


def norms_are_decayed(patch, case):
    step = LARS.step

    def step_with_decay(self, closure=None):
        with torch.no_grad():
            for group in self.param_groups:
                for p in group['params']:
                    if p.dim() == 1 and p.grad is not None:
                        p.grad += group['weight_decay'] * p
        return step(self, closure)

    patch.setattr(LARS, 'step', step_with_decay)


def norms_are_not_decayed(patch, case):
    case.optim_wrapper['paramwise_cfg'] = dict(norm_decay_mult=0.0)


def rate_is_that_of_the_next_step(patch, case):
    share = WarmupCosineLR._share

    def next_share(self):
        self.last_step += 1
        try:
            return share(self)
        finally:
            self.last_step -= 1

    patch.setattr(WarmupCosineLR, '_share', next_share)


def other_prototypes_of_the_step_are_no_negatives(patch, case):
    case.model['own_only'] = True


def levels_are_averaged(patch, case):
    case.model['mean_levels'] = True


def dropped_candidates_are_gone(patch, case):
    case.model['head'] = case.model['proto_head'] = dict(case.model['head'], type='ContrastiveHead')


def further_crops_are_not_selected_for(patch, case):
    case.model['select_local'] = False


def momentum_of_replaced_prototypes_is_lost(patch, case):
    case.hooks[-1]['keep_momentum'] = False


def prototypes_are_never_replaced(patch, case):
    patch.setattr(MixtureHead, 'renew', lambda self: None)


MUTATIONS = [
    (other_prototypes_of_the_step_are_no_negatives, 'pcl'),
    (levels_are_averaged, 'hcsc'),
    (dropped_candidates_are_gone, 'hcsc'),
    (further_crops_are_not_selected_for, 'hcsc_multicrop'),
    (momentum_of_replaced_prototypes_is_lost, 'mice'),
    (prototypes_are_never_replaced, 'mice'),
    (target_moves_twice, 'moco_v2'),
    (target_moves_twice, 'moco_v3'),
    (keys_have_gradient, 'moco_v2'),
    (keys_have_gradient, 'simsiam'),
    (keys_are_enqueued_before_the_contrast, 'moco_v1'),
    (keys_are_enqueued_before_the_contrast, 'moco_v2'),
    (keys_are_enqueued_before_the_contrast, 'kcl'),
    (target_moves_twice, 'kcl'),
    (target_moves_twice, 'tsc'),
    (norms_are_decayed, 'moco_v3'),
    (norms_are_decayed, 'simclr'),
    (norms_are_not_decayed, 'moco_v2'),  # whose authors decay everything
    (norms_are_not_decayed, 'supcon'),
    (rate_is_that_of_the_next_step, 'supcon'),
    (rate_is_that_of_the_next_step, 'tsc'),
    (rate_is_that_of_the_next_step, 'moco_v2'),
    (rate_is_that_of_the_next_step, 'moco_v3'),
]


@pytest.mark.parametrize('mutate, name', [row for row in MUTATIONS if row[1] in CASES])
def test_a_mistake_is_noticed(mutate, name, monkeypatch, tmp_path):
    case = CASES[name]()
    mutate(monkeypatch, case)
    found = replay(case, tmp_path)
    with pytest.raises(AssertionError, match='differences above'):
        assert_agree(read(name), found)
