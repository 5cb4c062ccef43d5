"""Alignment and uniformity as a loss."""

import pytest
import torch
import torch.nn.functional as F

from mmcl.models.heads import AlignUniformHead
from mmcl.models.losses import alignment, uniformity
from mmcl.utils.errors import InputError


def test_loss_is_the_weighted_sum_of_its_logged_terms():
    x, y = F.normalize(torch.randn(2, 6, 4, dtype=torch.float64), dim=2)
    out = AlignUniformHead(align=3, uniform=0.5, alpha=1, t=3)(x, y)
    spread = (uniformity(x, 3) + uniformity(y, 3)) / 2
    assert out['loss'].item() == pytest.approx((3 * alignment(x, y, 1) + 0.5 * spread).item(), abs=1e-12)
    assert out['uniformity'].item() == pytest.approx(spread.item(), abs=1e-12)


def test_powers_out_of_range_are_refused():
    with pytest.raises(InputError, match='alpha=0'):
        AlignUniformHead(alpha=0)
