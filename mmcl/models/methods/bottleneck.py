"""VIB and CEB."""

from torch import Tensor

from mmcl.models.encoders.base import precise, unit
from mmcl.models.learners import Classifier
from mmcl.registry import MODELS


@MODELS.register_module()
class Bottleneck(Classifier):
    """A classifier whose features are a noisy code that costs what it tells: the information bottleneck (physics/0004057), trainable.

    ::

        for x, y in loader:
            mu, sigma = neck(backbone(t(x)));  z = mu + sigma * noise      # e(z|x)
            rate = KL(e(z|x), N(0, I))                                     # VIBHead: at least I(Z; X)
            rate = KL(e(z|x), N(mu_y, sigma_y^2))                          # CEBHead: at least I(Z; X | Y)
            loss = -log c(y|z) + beta rate                                 # ln C + the first term: at most I(Z; Y)

    Parts: a neck that ends in the code's parameters, :class:`VIBHead` (https://arxiv.org/abs/1612.00410) or :class:`CEBHead`
    (https://arxiv.org/abs/2002.05379), maybe ``ScheduleHook`` on ``head.beta``. Clustering sees the mean codes.

    Args:
        **kwargs: See :class:`~mmcl.models.learners.Classifier`.
    """

    def judged(self, images: Tensor) -> Tensor:
        """The parameters of the codes; the head draws."""
        return precise(self.project(images))

    def embed(self, images: Tensor) -> Tensor:
        """The mean codes, (N, K) of unit length."""
        return unit(self.head.code(self.judged(images))[0])
