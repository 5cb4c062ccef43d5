"""C-SimCLR."""

from typing import Dict

from torch import Tensor

from mmcl.models.policies import Step
from mmcl.registry import MODELS

from .simclr import SimCLR


@MODELS.register_module()
class CSimCLR(SimCLR):
    """SimCLR that compresses (Lee et al. 2021, https://arxiv.org/abs/2109.12909, section 2.3).

    Embeddings become noisy codes, which pay for what they tell of their own view beyond the other one::

        for x in loader:
            r, r' = normalize(g(f([t(x), t'(x)])))
            z ~ vMF(r, kappa_e)                                         # e(z|x);  b(z|x') = vMF(r', kappa_b)
            loss = beta (log e(z|x) - log b(z|x')) - log softmax_j(kappa_b z . r_j)[r']      # and with the views swapped

    Parts: SimCLR's, :class:`ContrastiveCEBHead`, which any contrastive method takes. Without this class both directions would share their
    noise.
    """

    def compare(self, step: Step) -> Dict[str, Tensor]:
        """Score a pair with noise of its own."""
        return self.head(self.contrast(step), draws=f'{step.pair}')
