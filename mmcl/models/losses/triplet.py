"""A margin between the positive and each negative."""

from torch import Tensor

from .distances import squared_distances


def triplet(anchors: Tensor, positives: Tensor, negatives: Tensor, seen: Tensor, margin: float) -> Tensor:
    r"""The hinge :math:`[\|a - p\|^2 - \|a - n\|^2 + \alpha]_+`, mean over an anchor's negatives, then over anchors.

    FaceNet's triplets (https://arxiv.org/abs/1503.03832, eq. 1) as time-contrastive networks use them (https://arxiv.org/abs/1704.06888,
    section III), with all negatives of the batch instead of one.

    Args:
        anchors (Tensor): (N, D).
        positives (Tensor): Of each anchor, (N, D).
        negatives (Tensor): (M, D).
        seen (Tensor): Which of them are negatives of an anchor, bool (N, M); an anchor with none costs nothing.
        margin (float): alpha, >= 0.

    Returns:
        Tensor: Scalar >= 0; ``margin`` for equal embeddings.
    """
    near = (anchors - positives).square().sum(dim=1, keepdim=True)
    hinge = (near - squared_distances(anchors, negatives) + margin).relu() * seen
    return (hinge.sum(dim=1) / seen.sum(dim=1).clamp(min=1)).mean()
