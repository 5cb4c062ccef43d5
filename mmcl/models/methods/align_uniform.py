"""Alignment and uniformity as a method."""

from mmcl.models.learners import LatentLearner
from mmcl.registry import MODELS


@MODELS.register_module()
class AlignUniform(LatentLearner):
    r"""The two properties that a contrastive loss asks for, as a loss (Wang and Isola 2020, https://arxiv.org/abs/2005.10242, section 4.2).

    Two views of an image shall lie close together, and all images shall lie apart on the sphere::

        for x in loader:
            z, z' = normalize(f([t(x), t'(x)]))                     # unit length, gathered over processes with gradient
            align = mean of |z_i - z'_i| ** alpha
            uniform(z) = ln mean over i < j of exp(-t |z_i - z_j| ** 2)
            loss = align + (uniform(z) + uniform(z')) / 2

    InfoNCE with infinitely many negatives, less their logarithm, is the sum of an alignment (alpha 2) over :math:`2 \tau` and a uniformity
    with :math:`t = 1 / 2 \tau` whose logarithm is taken for each image (theorem 1).

    Parts: :class:`SharedPair`, :class:`AlignUniformHead`, one pair of views. With MoCo's queue: ``MoCo`` and
    :class:`QueueAlignUniformHead`.
    """

    default_pairs = ((0, 1),)
