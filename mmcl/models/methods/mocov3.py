"""MoCo v3."""

from mmcl.models.learners import ContrastiveLearner
from mmcl.registry import MODELS


@MODELS.register_module()
class MoCoV3(ContrastiveLearner):
    """MoCo without a queue, for large batches and vision transformers (Chen et al. 2021, https://arxiv.org/abs/2104.02057, algorithm 1).

    The other images' keys of the same view are the negatives, the query goes through a predictor, and both views are queries::

        for x in loader:
            x1, x2 = t(x), t'(x)
            q1, q2 = h(f(x1)), h(f(x2))                         # unit length
            k1, k2 = f_k(x1), f_k(x2)                           # without gradient, gathered over processes
            loss = ctr(q1, k2) + ctr(q2, k1)                    # ctr = 2 temperature CE(q @ k.T / temperature, own row)
            update(f, h);  f_k = m f_k + (1 - m) f              # MomentumHook, m along a cosine to 1

    Parts: ``EMAPair(end_momentum=1, lead=1)``, a predictor, ``BatchNegatives(views='key')``,
    ``ContrastiveHead(loss_weight=2 * temperature)``; the two directions are added.
    """

    sum_over_pairs = True
