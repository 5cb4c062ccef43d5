"""VICReg's head."""

import pytest
import torch

from mmcl.models.heads import VICRegHead
from mmcl.models.losses import off_diagonal_covariance, variance_hinge


def views(num=8, dim=5):
    return torch.randn(2, num, dim, dtype=torch.float64).unbind()


def test_loss_is_weighted_as_in_the_authors_code():
    z, other = views()
    mse = ((z - other) ** 2).sum() / z.numel()
    variance = (variance_hinge(z) + variance_hinge(other)) / 2
    covariance = off_diagonal_covariance(z) + off_diagonal_covariance(other)
    out = VICRegHead(invariance=3, variance=5, covariance=7)(z, other)
    assert out['loss'].item() == pytest.approx((3 * mse + 5 * variance + 7 * covariance).item(), abs=1e-12)
    assert out['invariance'].item() == pytest.approx(mse.item(), abs=1e-12)


def test_equal_embeddings_for_all_images_cost_what_chance_says():
    z = torch.ones(6, 4, dtype=torch.float64)
    out = VICRegHead()(z, z)
    assert out['loss'].item() == pytest.approx(24.75, abs=1e-9)
    assert out['chance'].item() == pytest.approx(24.75, abs=1e-5)


def test_uncorrelated_dimensions_of_unit_deviation_cost_nothing():
    signs = torch.tensor([[1, 1], [1, -1], [-1, 1], [-1, -1.0]]).double() * 2
    assert VICRegHead()(signs, signs)['loss'].item() == pytest.approx(0, abs=1e-12)


def test_only_the_invariance_cares_which_views_belong_together():
    z, other = views()
    paired, shuffled = VICRegHead()(z, other), VICRegHead()(z, other.flip(0))
    for term in ('variance', 'covariance'):
        assert paired[term].item() == pytest.approx(shuffled[term].item(), abs=1e-12)
    assert paired['invariance'].item() != pytest.approx(shuffled['invariance'].item(), abs=1e-3)
