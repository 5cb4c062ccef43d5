"""SimSiam."""

from mmcl.models.learners import LatentLearner
from mmcl.registry import MODELS


@MODELS.register_module()
class SimSiam(LatentLearner):
    """Simple Siamese representation learning (Chen and He 2020, https://arxiv.org/abs/2011.10566, algorithm 1).

    Like BYOL without a moving average: the projection of one view, without gradient, is predicted from the other::

        for x in loader:
            x1, x2 = t(x), t(x)
            z1, z2 = f(x1), f(x2)                           # backbone and projector, each view on its own
            p1, p2 = h(z1), h(z2)                           # predictor
            loss = 1 + D(p1, sg z2) / 2 + D(p2, sg z1) / 2  # D is minus the mean cosine
            SGD(f, h)                                       # h at a constant learning rate

    Parts: :class:`StopGradPair`, a predictor, ``LatentHead(loss_weight=0.5)``, the mean of both directions. The 1, which the paper has
    not, makes unrelated vectors cost 1 and equal ones 0; ``pos_sim`` in the log is minus the paper's loss.
    """
