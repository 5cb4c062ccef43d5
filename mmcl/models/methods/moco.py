"""MoCo v1 and v2."""

from typing import Dict, List

from mmpretrain.structures import DataSample
from torch import Tensor

from mmcl.models.learners import ContrastiveLearner
from mmcl.registry import MODELS


@MODELS.register_module()
class MoCo(ContrastiveLearner):
    """Momentum contrast (He et al. 2019, https://arxiv.org/abs/1911.05722, algorithm 1; v2: https://arxiv.org/abs/2003.04297).

    Keys come from a slowly moving copy of the encoder and outlive their step in a queue, so there are many and consistent negatives::

        for x in loader:
            q, k = f_q(t(x)), f_k(t'(x))                        # unit length; k without gradient, batch norm shuffled
            loss = CE([q . k, q @ queue.T] / temperature, 0)
            SGD(f_q);  f_k = m f_k + (1 - m) f_q                # MomentumHook
            enqueue(queue, k)

    Parts: :class:`EMAPair`, :class:`FeatureQueue`, :class:`QueueNegatives`. v2 differs from v1 by config alone: an MLP neck, stronger
    views, temperature 0.2, a cosine schedule. With ``pairs=[(0, 1), (1, 0)]`` both directions are added and both views' keys enqueued.
    """

    default_pairs = ((0, 1),)
    sum_over_pairs = True

    def remember(self, key: Dict[int, Tensor], data_samples: List[DataSample]) -> None:
        """Enqueue the keys of this step."""
        for view in sorted(key):  # one after the other, in the same order for any number of processes
            self.memory.write(key[view], data_samples)
