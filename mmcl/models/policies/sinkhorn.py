"""Balanced assignment to prototypes."""

import torch
from mmengine.dist import all_reduce
from torch import Tensor

from mmcl.utils.errors import expect


@torch.no_grad()
def sinkhorn(scores: Tensor, epsilon: float = 0.05, num_iters: int = 3) -> Tensor:
    r"""Soft assignments that use all prototypes equally, over the batches of all processes together.

    SwAV (https://arxiv.org/abs/2006.09882), eq. 3 to 5: :math:`Q = \mathrm{diag}(u) \exp(S / \epsilon) \mathrm{diag}(v)`, its rows and
    columns brought to equal sums in turns, the samples' last. The matrix is written once and once more at the end; between them only
    ``u`` and ``v`` change, so an iteration reads it twice, and processes exchange one number a prototype.

    Args:
        scores (Tensor): Cosines of samples and prototypes, (N, K); to stack a queue's scores, put them below the batch's and take the
            first rows of the result.
        epsilon (float): Sharpness, > 0; the smaller, the harder the assignments.
        num_iters (int): Turns, >= 1.

    Returns:
        Tensor: (N, K) without gradient, >= 0, rows summing to 1, in fp32 (fp64 for fp64 scores): ``exp(1 / 0.05)`` is no fp16 number.

    Raises:
        InputError: ``epsilon`` or ``num_iters`` is out of range.
    """
    expect(epsilon > 0, f'epsilon={epsilon}', 'a number > 0', 'SwAV uses 0.05')
    expect(num_iters >= 1, f'num_iters={num_iters}', 'a whole number >= 1', 'SwAV uses 3')
    scores = scores if scores.dtype == torch.float64 else scores.float()
    # What is taken from a row, or from all rows, is a factor of u or v; so no exp overflows, and no row is all zeros.
    nearest = scores.amax(dim=1, keepdim=True)
    highest = nearest.max()
    all_reduce(highest, 'max')
    plan = scores.sub(nearest).div_(epsilon).exp_()
    by_sample = nearest.sub(highest).div_(epsilon).exp_()[:, 0]
    tiny = torch.finfo(plan.dtype).tiny  # a prototype that no sample is near
    for _ in range(num_iters):
        per_prototype = by_sample @ plan
        all_reduce(per_prototype)
        per_prototype /= (
            per_prototype.mean()
        )  # one more such factor, which would otherwise grow with the turns
        by_prototype = per_prototype.clamp_(min=tiny).reciprocal_()
        by_sample = (plan @ by_prototype).reciprocal_()
    plan *= by_prototype
    return plan.mul_(by_sample[:, None])
