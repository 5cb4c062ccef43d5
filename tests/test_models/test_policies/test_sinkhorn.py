"""Sinkhorn against the paper's loop over a whole matrix."""

import pytest
import torch
import torch.nn.functional as F
from mmengine.dist import get_rank

from mmcl.models.policies import sinkhorn
from mmcl.utils.errors import InputError
from mmcl.utils.launcher import init_distributed
from tests.processes import call

NUM, PROTOTYPES = 12, 5


def scores(num=NUM, prototypes=PROTOTYPES, seed=0):
    generator = torch.Generator().manual_seed(seed)
    z, c = (torch.randn(n, 16, generator=generator, dtype=torch.float64) for n in (num, prototypes))
    return F.normalize(z, dim=1) @ F.normalize(c, dim=1).T


def paper_loop(s, epsilon, num_iters):
    """Appendix A.1 of the paper: Q (K, N), divided by its total, its row sums, its column sums, in turns."""
    q = (s / epsilon).exp().T
    k, n = q.shape
    q /= q.sum()
    for _ in range(num_iters):
        q = q / q.sum(dim=1, keepdim=True) / k
        q = q / q.sum(dim=0, keepdim=True) / n
    return (q * n).T


@pytest.mark.parametrize('epsilon', [0.05, 0.5])
@pytest.mark.parametrize('num_iters', [1, 3, 10])
def test_equals_the_papers_loop(epsilon, num_iters):
    s = scores()
    torch.testing.assert_close(
        sinkhorn(s, epsilon, num_iters), paper_loop(s, epsilon, num_iters), rtol=1e-12, atol=1e-15
    )


def test_fp16_scores_are_worked_on_in_fp32():
    s = scores().half()
    result = sinkhorn(s)
    assert result.dtype == torch.float32
    torch.testing.assert_close(result.double(), paper_loop(s.double(), 0.05, 3), rtol=1e-4, atol=1e-6)


def test_equal_scores_give_equal_shares():
    torch.testing.assert_close(sinkhorn(torch.full((4, 8), 0.3)), torch.full((4, 8), 1 / 8))


def test_many_turns_use_all_prototypes_equally():
    # the first prototype is the nearest to nearly all samples
    s = scores(200)
    s[:, 0] += 1
    result = sinkhorn(s, 0.3, 200)
    torch.testing.assert_close(result.sum(0), torch.full((5,), 40.0, dtype=torch.float64))
    torch.testing.assert_close(result.sum(1), torch.ones(200, dtype=torch.float64))


def test_a_constant_changes_nothing_and_order_is_kept():
    s, order = scores(), torch.randperm(NUM)
    torch.testing.assert_close(sinkhorn(s + 7), sinkhorn(s))
    torch.testing.assert_close(sinkhorn(s[order]), sinkhorn(s)[order])


def test_very_sharp_assignments_are_finite_and_rows_sum_to_one():
    s = scores(64).float()
    s[0] -= 1.5  # in fp32 exp(-1.5 / 0.001) is 0
    result = sinkhorn(s, epsilon=0.001)
    assert torch.isfinite(result).all()
    torch.testing.assert_close(result.sum(1), torch.ones(64))


def test_scores_stay_and_no_gradient_flows():
    s = scores().requires_grad_()
    before = s.detach().clone()
    assert not sinkhorn(s).requires_grad
    assert torch.equal(s, before)


@pytest.mark.parametrize('wrong', [dict(epsilon=0), dict(num_iters=0)])
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        sinkhorn(scores(), **wrong)


def half_of_the_batch():
    init_distributed('pytorch')
    half = NUM // 2
    return sinkhorn(scores()[get_rank() * half :][:half])


def test_two_processes_share_out_like_one(tmp_path):
    parts = call(half_of_the_batch, folder=tmp_path, processes=2)
    torch.testing.assert_close(torch.cat(parts), sinkhorn(scores()), rtol=1e-12, atol=1e-15)
