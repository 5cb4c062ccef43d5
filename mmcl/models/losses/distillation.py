"""Learning from another network's predictions."""

from torch import Tensor

from .soft_cross_entropy import soft_cross_entropy


def distillation(student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    r"""Mean over images of :math:`-\sum_y P^T(y) \log P^S(y)`, with :math:`P = \mathrm{softmax}(l / t)` of each one's logits l.

    SimCLR v2 (https://arxiv.org/abs/2006.10029, eq. 2 and 3).

    Args:
        student (Tensor): Logits, (N, K), at least fp32.
        teacher (Tensor): Logits, (N, K), likewise; a target, so without gradient.
        temperature (float): t, > 0; below 1 it sharpens both.

    Returns:
        Tensor: Scalar >= 0: the teacher's entropy where both agree, ln K for a student that knows nothing.
    """
    return soft_cross_entropy(student / temperature, (teacher.detach() / temperature).softmax(dim=1))
