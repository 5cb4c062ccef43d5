"""What a learner takes: views in a list, or the only one without a list."""

import pytest
import torch
from torch import Tensor

from mmcl.models.encoders import PiecesPair
from mmcl.registry import MODELS
from mmcl.utils.errors import InputError
from tests.test_models.tiny import METHODS, batch, build, grids, num_views, total

ONE_VIEW = [name for name in METHODS if name in ('npid', 'deep_infomax', 'cpc', 'cmc', 'rotnet', 'jigsaw')]


def of(name: str, num: int):
    """A method, and a batch of ``num`` views."""
    inputs, samples = grids() if name == 'cpc' else batch(views=num)
    return build(name), [inputs] if isinstance(inputs, Tensor) else inputs, samples


@pytest.mark.parametrize('name', ONE_VIEW)
def test_one_view_costs_the_same_in_a_list_and_without(name):
    losses = []
    for wrap in (lambda views: views, lambda views: views[0]):
        learner, inputs, samples = of(name, 1)
        losses.append(total(learner.loss(wrap(inputs), samples)).item())
    assert losses[0] == losses[1]


@pytest.mark.parametrize(
    'name', [name for name in METHODS if hasattr(MODELS.get(METHODS[name]['type']), 'prepare')]
)
def test_views_are_prepared_into_a_list_and_the_batch_stays_as_it_is(name):
    learner, inputs, samples = of(name, num_views(build(name)))
    given = tuple(inputs)
    views = learner.prepare(inputs, samples)
    assert isinstance(views, list) and views is not inputs and len(views) >= num_views(learner)
    assert len(inputs) == len(given) and all(a is b for a, b in zip(inputs, given))
    assert all(isinstance(view, Tensor) for view in learner.prepare(given, samples))


@pytest.mark.parametrize('name, needed', [('simclr', 2), ('amdim', 2), ('swav', 3), ('infomin', 3)])
def test_fewer_views_than_pairs_name_get_a_sentence(name, needed):
    learner, inputs, samples = of(name, 1)
    for given in (inputs, inputs[0]):
        with pytest.raises(InputError, match=rf'was given 1 view\(s\) an image. Expected {needed} views'):
            learner.loss(given, samples)


def test_an_encoder_for_pieces_is_known_by_what_it_is_and_not_by_its_name():
    class Other(PiecesPair):
        pass

    learner, plain = build('pirl', encoder=Other()), build('pirl')
    losses = [total(each.loss(*batch())).item() for each in (learner, plain)]
    assert losses[0] == losses[1]
    with pytest.raises(InputError, match='a SharedPair.*in pieces'):
        build('pirl', encoder=dict(type='SharedPair'))


def test_a_branch_of_pieces_takes_a_head_that_knows_no_chance():
    head = dict(type='QueueAlignUniformHead', align=1.0, t=2.0)
    one = {weight: build('infomin', head=head, branch_weight=weight) for weight in (0.0, 0.3, 1.0)}
    losses = {weight: total(learner.loss(*batch(views=3))).item() for weight, learner in one.items()}
    assert losses[0.3] == pytest.approx(0.7 * losses[0.0] + 0.3 * losses[1.0], rel=1e-12)
    assert torch.isfinite(torch.tensor(losses[0.3]))
