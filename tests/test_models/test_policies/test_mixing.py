"""Images mixed with others of their batch."""

import numpy as np
import pytest
import torch
from mmengine.logging import MessageHub

from mmcl.models.policies import CutMixViews, InputMix, MixupViews
from mmcl.registry import MODELS
from mmcl.structures import mixture
from mmcl.utils.errors import InputError
from tests.test_models.tiny import batch


def test_mixup_appends_convex_combinations_and_tells_each_sample_how():
    views, samples = batch(num=9)
    result = MixupViews(alpha=0.7)(views, samples)
    share, partner = mixture(samples)
    assert len(result) == 3 and result[0] is views[0] and result[1] is views[1]
    for n in range(9):
        expected = float(share[n]) * views[0][n] + (1 - float(share[n])) * views[0][int(partner[n])]
        torch.testing.assert_close(result[2][n], expected)
    assert sorted(partner.tolist()) == list(range(9))
    assert len(set(share.tolist())) == 9 and 0.5 <= share.min() and share.max() <= 1


def test_shares_follow_the_folded_beta_distribution():
    share = MixupViews(alpha=2.0).draw(np.random.default_rng(0), 20000)
    reference = np.random.default_rng(1).beta(2.0, 2.0, 20000)
    reference = np.maximum(reference, 1 - reference)
    assert np.quantile(share, [0.1, 0.5, 0.9]) == pytest.approx(
        np.quantile(reference, [0.1, 0.5, 0.9]), abs=0.01
    )


def test_alpha_0_mixes_nothing_bit_for_bit():
    views, samples = batch()
    for mixing in (MixupViews(alpha=0), CutMixViews(alpha=0)):
        assert torch.equal(mixing(views, samples)[2], views[0])
        assert mixture(samples)[0].tolist() == [1.0] * 6


def test_several_views_share_one_draw():
    views, samples = batch()
    result = MixupViews(views=(1, 0))(views, samples)
    share, partner = mixture(samples)
    weight = share[:, None, None, None]
    for mixed, source in zip(result[2:], (views[1], views[0])):
        torch.testing.assert_close(mixed, weight * source + (1 - weight) * source[partner])


def test_draws_repeat_for_the_same_iteration_and_change_with_it():
    views, samples = batch()
    first = MixupViews()(views, samples)[2]
    assert torch.equal(MixupViews()(views, samples)[2], first)
    MessageHub.get_current_instance().update_info('iter', 1)
    assert not torch.equal(MixupViews()(views, samples)[2], first)


@pytest.mark.parametrize('iteration', range(8))
def test_cutmix_pastes_one_box_and_shares_are_areas(iteration):
    MessageHub.get_current_instance().update_info('iter', iteration)
    views = [torch.arange(5.0)[:, None, None, None].expand(5, 3, 12, 20)]
    _, samples = batch(num=5)
    mixed = CutMixViews()(views, samples)[1]
    share, partner = mixture(samples)
    assert len(set(share.tolist())) == 1
    moved = [n for n in range(5) if partner[n] != n]
    boxes = {tuple((mixed[n, 0] != n).nonzero().flatten().tolist()) for n in moved}
    assert len(boxes) <= 1
    for n in moved:
        pasted = mixed[n, 0] == float(partner[n])
        assert float(share[n]) == pytest.approx(1 - pasted.double().mean().item(), abs=1e-12)
        rows, columns = pasted.any(1), pasted.any(0)
        assert pasted.sum() == rows.sum() * columns.sum()  # a box
        assert rows.sum() <= 12 * 0.5**0.5 and columns.sum() <= 20 * 0.5**0.5


def test_input_mix_keeps_at_least_half_of_each_image_and_the_number_of_views():
    views = [torch.eye(10)[:5].reshape(5, 1, 1, 10), torch.eye(10)[5:].reshape(5, 1, 1, 10)]
    mixed = torch.cat(InputMix(num_others=3)(views, batch(num=5)[1])).reshape(
        10, 10
    )  # row n: the weights of its parts
    torch.testing.assert_close(mixed.sum(1), torch.ones(10))
    assert (mixed.diagonal() >= 0.5).all() and (mixed >= 0).all()
    assert ((mixed > 0).sum(1) <= 4).all() and (mixed.diagonal() < 1).all()


def test_the_preprocessor_mixes_normalised_views_in_training_only():
    cfg = dict(
        type='MixingPreprocessor', mean=[100.0], std=[50.0], mixing=[dict(type='MixupViews', alpha=1.0)]
    )
    preprocessor, plain = (
        MODELS.build(cfg),
        MODELS.build(dict(type='ViewPreprocessor', mean=[100.0], std=[50.0])),
    )
    views, samples = batch()
    views = [(view * 40 + 120).clamp(0, 255).byte() for view in views]
    clean = plain(dict(inputs=views, data_samples=samples), True)['inputs']
    result = preprocessor(dict(inputs=views, data_samples=samples), True)['inputs']
    assert len(result) == 3 and torch.equal(result[0], clean[0])
    assert torch.equal(result[2], MixupViews()(clean, samples)[2])
    assert len(preprocessor(dict(inputs=views, data_samples=samples), False)['inputs']) == 2


def test_bad_settings_and_unmixed_batches_are_refused():
    views, samples = batch()
    with pytest.raises(InputError, match='alpha=-1'):
        MixupViews(alpha=-1)
    with pytest.raises(InputError, match='num_others=0'):
        InputMix(num_others=0)
    with pytest.raises(InputError, match='views=.2,.* was given 2'):
        MixupViews(views=(2,))(views, samples)
    with pytest.raises(InputError, match='MixingPreprocessor'):
        mixture(samples)
