"""Lower bounds on the information that two views share, from a critic's scores."""

import math
from typing import Callable, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor

from mmcl.utils.errors import expect

Gather = Callable[[Tensor], Tensor]


def split_scores(scores: Tensor, first: int = 0) -> Tuple[Tensor, Tensor, int]:
    """Tell the scores of true pairs from those of pairs put together at random.

    Args:
        scores (Tensor): ``u``, (N, M) or (N, M, *locations): the critic's value for row i's sample of one view and column j's of the other,
            at each location of the other. Row i's own partner is column ``first + i``.
        first (int): Column of row 0's partner; not 0 where a process holds only its own rows of a larger matrix.

    Returns:
        tuple: ``joint`` (N, *locations), the scores of true pairs; ``marginal``, as ``scores``, with -inf in the place of those; and how
        many finite ones a row of ``marginal`` has, (M - 1) P for P locations.

    Raises:
        InputError: M < 2: a single image has nothing to be told from.
    """
    num, num_others = len(scores), scores.shape[1] - 1
    expect(
        num_others >= 1,
        f'A score matrix of shape {tuple(scores.shape)} has no pairs put together at random',
        'two images or more',
        'Raise train_dataloader.batch_size',
    )
    rows = torch.arange(num, device=scores.device)
    marginal = scores.index_put((rows, rows + first), scores.new_tensor(-torch.inf))
    return scores[rows, rows + first], marginal, num_others * scores.shape[2:].numel()


def infonce_bound(scores: Tensor, first: int = 0) -> Tensor:
    r"""InfoNCE (CPC, https://arxiv.org/abs/1807.03748, eq. 4 and 5): :math:`\ln K + E[\ln e^{u^+} / (e^{u^+} + \sum_- e^{u^-})]`.

    A row's negatives are the scores with all other columns, at all their locations; those of its own column at other locations are not
    among them (Deep InfoMax, https://arxiv.org/abs/1808.06670, section 3.2 and its code). A cross entropy is ``ln K`` minus this.

    Args:
        scores (Tensor): (N, M) or (N, M, *locations), see :func:`split_scores`.
        first (int): Column of row 0's partner.

    Returns:
        Tensor: Scalar <= ln K with K = 1 + (M - 1) P for P locations (M for a matrix); 0 for equal scores.
    """
    joint, marginal, num_others = split_scores(scores, first)
    joint = joint.reshape(len(joint), -1)  # (N, P); (N, 1) for a matrix
    others = marginal.flatten(1).logsumexp(dim=1, keepdim=True)
    return math.log1p(num_others) + (joint - torch.logaddexp(joint, others)).mean()


def dv_bound(scores: Tensor, first: int = 0, gather: Gather = lambda x: x) -> Tensor:
    r"""Donsker and Varadhan's bound as in MINE (https://arxiv.org/abs/1801.04062, eq. 5): :math:`E_J[u] - \ln E_M[e^u]`.

    The bound holds for expectations; of a finite batch the logarithm of the mean is biased, and the estimate may lie above the truth.

    Args:
        scores (Tensor): (N, M) or (N, M, *locations), see :func:`split_scores`.
        first (int): Column of row 0's partner.
        gather (callable): From a row's number, (N,), to those of all rows of the matrix, (M,), where other processes hold the rest
            (``gather_with_grad``): the logarithm is that of the mean over all of them.

    Returns:
        Tensor: Scalar, of any sign; 0 for equal scores.
    """
    joint, marginal, num_others = split_scores(scores, first)
    log_sums = gather(marginal.flatten(1).logsumexp(dim=1))
    return joint.mean() - log_sums.logsumexp(dim=0) + math.log(len(log_sums) * num_others)


def nwj_bound(scores: Tensor, first: int = 0) -> Tensor:
    r"""Nguyen, Wainwright and Jordan's bound (https://arxiv.org/abs/1905.06922, eq. 4): :math:`E_J[u] - E_M[e^{u - 1}]`.

    Without bias, but of large variance. It is met by a critic that is 1 plus the logarithm of the densities' ratio.

    Args:
        scores (Tensor): (N, M) or (N, M, *locations), see :func:`split_scores`.
        first (int): Column of row 0's partner.

    Returns:
        Tensor: Scalar, of any sign; 0 for scores that are all 1.
    """
    joint, marginal, num_others = split_scores(scores, first)
    log_mean = marginal.flatten().logsumexp(dim=0) - math.log(len(scores) * num_others)
    return joint.mean() - (log_mean - 1).exp()


def jsd_bound(scores: Tensor, first: int = 0) -> Tensor:
    r"""Deep InfoMax's bound on a divergence (https://arxiv.org/abs/1808.06670, eq. 4), with its code's constants.

    :math:`E_J[\ln 2 - sp(-u)] - E_M[sp(u) - \ln 2]` with sp the softplus is at most twice the Jensen-Shannon divergence of the joint
    distribution and the product of its marginals. It grows with the information but is not an amount of it.

    Args:
        scores (Tensor): (N, M) or (N, M, *locations), see :func:`split_scores`.
        first (int): Column of row 0's partner.

    Returns:
        Tensor: Scalar <= 2 ln 2; 0 for scores that are all 0.
    """
    joint, marginal, num_others = split_scores(scores, first)
    apart = F.softplus(marginal).sum() / (len(scores) * num_others)  # softplus(-inf) is 0
    return 2 * math.log(2) - F.softplus(-joint).mean() - apart
