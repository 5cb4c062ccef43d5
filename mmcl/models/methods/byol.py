"""BYOL."""

from mmcl.models.learners import LatentLearner
from mmcl.registry import MODELS


@MODELS.register_module()
class BYOL(LatentLearner):
    """Bootstrap your own latent (Grill et al. 2020, https://arxiv.org/abs/2006.07733, algorithm 1).

    The online network predicts, from one view, the projection that its moving average gives to the other; there are no negatives::

        for x in loader:
            v, v' = t(x), t'(x)
            loss = |p(v) - sg z'(v')|^2 + |p(v') - sg z'(v)|^2  # p = predictor(projector(f)), z' = the target's, unit length
            LARS(online)
            target = tau target + (1 - tau) online              # MomentumHook, tau from tau_base to 1 along a cosine

    Parts: :class:`EMAPair` with ``end_momentum=1``, a predictor, :class:`LatentHead`; the two directions are added.
    """

    sum_over_pairs = True
