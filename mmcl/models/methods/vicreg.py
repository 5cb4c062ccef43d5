"""VICReg."""

from mmcl.models.learners import LatentLearner
from mmcl.registry import MODELS


@MODELS.register_module()
class VICReg(LatentLearner):
    """Variance-invariance-covariance regularisation (Bardes et al. 2021, https://arxiv.org/abs/2105.04906, algorithm 1).

    Views are pulled together; what keeps the network from collapsing is that every dimension must vary and no two may vary alike::

        for x in loader:
            z, z' = f(t(x)), f(t'(x))                           # backbone and expander, no unit length
            invariance = mse(z, z')
            variance = mean over dimensions of relu(1 - std)    # of z and of z', averaged
            covariance = sum of squared off-diagonal covariances / D, of z plus of z'
            loss = 25 invariance + 25 variance + covariance

    Parts: ``SharedPair(joint=False, normalize=False)``, :class:`VICRegHead`, one pair of views.
    """

    default_pairs = ((0, 1),)
