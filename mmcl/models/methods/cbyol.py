"""C-BYOL."""

from typing import Dict

from torch import Tensor

from mmcl.models.policies import Step
from mmcl.registry import MODELS

from .byol import BYOL


@MODELS.register_module()
class CBYOL(BYOL):
    """BYOL that compresses (Lee et al. 2021, https://arxiv.org/abs/2109.12909, section 2.4).

    The predictor gives the mean of a noisy code, from which a linear layer predicts the target::

        for x in loader:
            v, v' = t(x), t'(x);  y = sg z'(v')                         # y: the target's, unit length
            mu = normalize(p(v));  z ~ vMF(mu, kappa_e)                 # e(z|v)
            b(z|v') = vMF(normalize(m(y)), kappa_b)
            loss = w |normalize(W z) - y|^2 + beta (log e(z|v) - log b(z|v'))                # and with the views swapped

    Parts: BYOL's, :class:`CompressiveLatentHead`, which holds W and m. Without this class both directions would share their noise.
    """

    def compare(self, step: Step) -> Dict[str, Tensor]:
        """Score a prediction with noise of its own."""
        i, j = step.pair
        return self.head(step.query[i], step.key[j], draws=f'{step.pair}')
