"""Lower bounds on the information that two views share, from a critic's scores."""

import math
from typing import Callable, Tuple, Union

import torch
import torch.nn.functional as F
from torch import Tensor

from mmcl.utils.errors import expect

Gather = Callable[[Tensor], Tensor]
Baseline = Union[Tensor, float]


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
    return joint.mean() - _log_mean(marginal, num_others, gather)


def smile_bound(scores: Tensor, first: int = 0, gather: Gather = lambda x: x, clip: float = 5.0) -> Tensor:
    r"""SMILE (https://arxiv.org/abs/1910.06222): :math:`E_J[u] - \ln E_M[e^{\min(\max(u, -c), c)}]`.

    Donsker and Varadhan's estimate, whose variance is that of the exponentials; clipped, they vary less, and the estimate is biased
    instead. It is no bound and is not what its critic is trained by: that is :func:`jsd_bound`, whose best critic is the logarithm of the
    densities' ratio.

    Args:
        scores (Tensor): (N, M) or (N, M, *locations), see :func:`split_scores`.
        first (int): Column of row 0's partner.
        gather (callable): See :func:`dv_bound`.
        clip (float): c, > 0; infinite: :func:`dv_bound`. Defaults to 5, one of the paper's.

    Returns:
        Tensor: Scalar, of any sign; 0 for equal scores within the clip.
    """
    joint, marginal, num_others = split_scores(scores, first)
    clipped = torch.where(marginal.isneginf(), marginal, marginal.clamp(-clip, clip))
    return joint.mean() - _log_mean(clipped, num_others, gather)


def nwj_bound(scores: Tensor, first: int = 0) -> Tensor:
    r"""Nguyen, Wainwright and Jordan's bound (https://arxiv.org/abs/1905.06922, eq. 4): :math:`E_J[u] - E_M[e^{u - 1}]`.

    Without bias, but of large variance. It is met by a critic that is 1 plus the logarithm of the densities' ratio.

    Args:
        scores (Tensor): (N, M) or (N, M, *locations), see :func:`split_scores`.
        first (int): Column of row 0's partner.

    Returns:
        Tensor: Scalar, of any sign; 0 for scores that are all 1.
    """
    return tuba_bound(scores, first, log_baseline=1.0)


def tuba_bound(scores: Tensor, first: int = 0, log_baseline: Baseline = 0.0) -> Tensor:
    r"""TUBA (https://arxiv.org/abs/1905.06922, section 2): :math:`1 + E_J[u - \ln a] - E_M[e^u / a]`.

    a(x) > 0 is a baseline of the row's sample. A bound for any baseline, the tighter the nearer a is to :math:`E_M[e^u]`; with a = e it is
    NWJ's. It is met by a critic that is the logarithm of the densities' ratio plus ln a.

    Args:
        scores (Tensor): (N, M) or (N, M, *locations), see :func:`split_scores`.
        first (int): Column of row 0's partner.
        log_baseline (Tensor | float): ln a, one number, or one for each row, (N,). Defaults to 0.

    Returns:
        Tensor: Scalar, of any sign; 0 for scores that all are the baseline's.
    """
    joint, marginal, num_others = split_scores(_less(scores, log_baseline), first)
    return 1 + joint.mean() - _log_mean(marginal, num_others).exp()


def interpolated_bound(
    scores: Tensor, first: int = 0, alpha: float = 0.01, log_baseline: Baseline = 0.0
) -> Tensor:
    r"""Between TUBA and InfoNCE (https://arxiv.org/abs/1905.06922, section 2): TUBA with the baseline :math:`\alpha m + (1 - \alpha) a`.

    m is the mean of :math:`e^u` over candidates: of K - 1 of them, the one that is scored among them, as the authors' notebook estimates
    it, by leaving out one of the K in turn. Of alpha 0 it is :func:`tuba_bound`; of alpha 1, InfoNCE over K - 1 candidates. The less
    alpha, the higher the bound can reach, by about :math:`\ln 1 / \alpha` beyond InfoNCE's ln K, and the more it varies. (The notebook's
    documentation has the two ends the other way round; its formula is this one.)

    Args:
        scores (Tensor): (N, M) or (N, M, *locations), see :func:`split_scores`; K is 1 + (M - 1) P for P locations.
        first (int): Column of row 0's partner.
        alpha (float): In [0, 1]. Defaults to 0.01.
        log_baseline (Tensor | float): ln a, see :func:`tuba_bound`.

    Returns:
        Tensor: Scalar, of any sign; 0 for scores that all are the baseline's.

    Raises:
        InputError: ``alpha`` outside [0, 1], or a single image.
    """
    expect(0 <= alpha <= 1, f'interpolated_bound has alpha={alpha}', 'a number in [0, 1]', 'Set alpha')
    scores = _less(scores, log_baseline)  # from here on, a is 1
    joint, marginal, num_others = split_scores(scores, first)
    strangers = ~torch.eye(len(scores), scores.shape[1] + first, dtype=torch.bool).roll(first, 1)
    others = scores[strangers[:, : scores.shape[1]].to(scores.device)].reshape(len(scores), -1)  # (N, K - 1)
    joint = joint.reshape(len(joint), -1, 1)  # (N, P, 1)

    def baseline(log_sum: Tensor) -> Tensor:
        shares = [math.log(share) if share else -math.inf for share in (alpha, 1 - alpha)]
        return torch.logaddexp(log_sum - math.log(num_others) + shares[0], log_sum.new_tensor(shares[1]))

    of_pairs = baseline(torch.logaddexp(joint, _without_each(others)[:, None]))  # (N, P, K - 1)
    of_others = baseline(others.logsumexp(dim=1))  # (N,)
    return 1 + (joint - of_pairs).mean() - (others - of_others[:, None]).exp().mean()


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


def _log_mean(marginal: Tensor, num_others: int, gather: Gather = lambda x: x) -> Tensor:
    """The logarithm of the mean of the exponentials of ``marginal``, of which a row has ``num_others``, over all gathered rows."""
    log_sums = gather(marginal.flatten(1).logsumexp(dim=1))
    return log_sums.logsumexp(dim=0) - math.log(len(log_sums) * num_others)


def _less(scores: Tensor, log_baseline: Baseline) -> Tensor:
    """Scores, less each row's baseline."""
    if isinstance(log_baseline, Tensor) and log_baseline.dim():
        log_baseline = log_baseline.reshape(-1, *[1] * (scores.dim() - 1))
    return scores - log_baseline


def _without_each(values: Tensor) -> Tensor:
    """The logarithm of the sum of a row's exponentials without each in turn, (N, K) -> (N, K); by sums alone, which lose no digits."""
    nothing = values.new_full((len(values), 1), -torch.inf)
    before = torch.cat([nothing, values.logcumsumexp(dim=1)[:, :-1]], dim=1)
    after = torch.cat([values.flip(1).logcumsumexp(dim=1).flip(1)[:, 1:], nothing], dim=1)
    return torch.logaddexp(before, after)
