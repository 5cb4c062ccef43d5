"""The encoder pair with a target."""

import pytest
import torch
import torch.nn.functional as F

from mmcl.models.encoders import EMAPair
from mmcl.utils.errors import InputError
from tests.test_models.tiny import batch, build


@pytest.mark.parametrize('momentum', [0.001, 0.004, 0.3])
def test_momentum_in_mmengines_convention_is_refused_with_the_papers_value(momentum):
    with pytest.raises(InputError, match=f'momentum={momentum}.*model.encoder.momentum={1 - momentum:g}'):
        EMAPair(momentum=momentum)


def test_momentum_above_one_is_refused():
    with pytest.raises(InputError, match='momentum=1.5'):
        EMAPair(momentum=1.5)


def test_target_starts_equal_to_the_initialised_online_network():
    learner = build('moco')
    images = batch()[0][0]
    learner.eval()
    target = learner.embed(images)
    assert torch.allclose(target, F.normalize(learner.project(images), dim=1), atol=1e-6)


def test_a_resumed_target_is_not_overwritten_by_the_online_network():
    learner, resumed = build('moco'), build('moco', seed=1)
    learner.loss(*batch())
    with torch.no_grad():
        for p in learner.encoder.target.parameters():
            p.add_(1)
    resumed.load_state_dict(learner.state_dict())
    before = [p.clone() for p in resumed.encoder.target.parameters()]
    resumed.loss(*batch())
    assert all(torch.equal(a, b) for a, b in zip(before, resumed.encoder.target.parameters()))


def test_a_backbone_loaded_before_training_reaches_the_target():
    learner, donor = build('moco'), build('moco', seed=1)
    learner.backbone.load_state_dict(donor.backbone.state_dict())
    learner.loss(*batch())
    for a, b in zip(donor.backbone.parameters(), learner.encoder.target['backbone'].parameters()):
        assert torch.equal(a, b)


def test_unshuffling_undoes_shuffling():
    from mmcl.models.encoders.shuffle import shuffled

    images = torch.randn(9, 3, 2, 2)
    assert torch.equal(shuffled(lambda x: x.flatten(1), images), images.flatten(1))


def test_split_batch_norm_on_one_device_uses_the_statistics_of_each_part():
    learner = build('moco', encoder=dict(type='EMAPair', momentum=0.9, bn_splits=2))
    whole = build('moco')
    (x, _), _ = batch(num=6)
    parts = torch.cat([whole.project(x[:3]), whole.project(x[3:])])
    assert torch.allclose(learner.project(x), parts, atol=1e-9)


def test_shuffling_changes_which_images_share_statistics():
    plain = build('moco', encoder=dict(type='EMAPair', momentum=0.9, bn_splits=2))
    shuffling = build('moco', encoder=dict(type='EMAPair', momentum=0.9, bn_splits=2, shuffle_bn=True))
    inputs, samples = batch(num=6)
    assert not torch.allclose(
        plain.encoder(plain, inputs, [(0, 1)])[1][1], shuffling.encoder(shuffling, inputs, [(0, 1)])[1][1]
    )
