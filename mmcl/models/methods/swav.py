"""SwAV."""

from typing import Dict, List, Sequence, Tuple

import torch
import torch.nn.functional as F
from mmpretrain.structures import DataSample
from torch import Tensor

from mmcl.models.learners import PairLearner
from mmcl.models.policies import Step
from mmcl.registry import MODELS
from mmcl.structures import Inputs


@MODELS.register_module()
class SwAV(PairLearner):
    """Swapping assignments between views (Caron et al. 2020, https://arxiv.org/abs/2006.09882, algorithm 1).

    Each view must predict to which prototypes another view of its image was assigned; small crops predict, but are not assigned::

        for x in loader:
            C = normalize(C)                                    # prototypes
            z = normalize(f([t_1(x), t_2(x), ..., t_V(x)]))     # two large crops, V - 2 small ones
            q_i = sinkhorn([z_i, queue_i] @ C.T)[:batch]        # i = 1, 2; without gradient
            loss = mean over i, v != i of CE(softmax(z_v @ C.T / temperature), q_i)
            LARC(f, C)                                          # C stays as it is in the first epoch: FreezeHook
            enqueue(queue_i, z_i)                               # for small batches, from epoch 15 on

    Parts: :class:`SharedPair`, :class:`PrototypeHead`, maybe :class:`CodeQueue`.

    Args:
        num_views (int): V, >= 2. Defaults to 8.
        code_views (sequence of int): Views that codes are made of, in ascending order. Defaults to (0, 1).
        **kwargs: See :class:`PairLearner`; ``pairs`` follow from the two arguments above.
    """

    def __init__(self, *args, num_views: int = 8, code_views: Sequence[int] = (0, 1), **kwargs) -> None:
        pairs = [(v, i) for i in code_views for v in range(num_views) if v != i]
        super().__init__(*args, pairs=pairs, **kwargs)
        self.code_views = tuple(code_views)

    def prepare(self, inputs: Inputs, data_samples: List[DataSample]) -> List[Tensor]:
        """The views, once the prototypes are of unit length."""
        self.head.normalize()
        return super().prepare(inputs, data_samples)

    def compare(self, step: Step) -> Dict[str, Tensor]:
        """Predict the codes of view i from view v."""
        v, i = step.pair
        return self.head(step.query[v], step.key[i], step.once(('codes', i), lambda: self._codes(step, i)))

    def _codes(self, step: Step, view: int) -> Tensor:
        earlier = None if self.memory is None else self.memory.read(self.code_views.index(view))
        return self.head.codes(step.key[view], earlier)

    def remember(self, key: Dict[int, Tensor], data_samples: List[DataSample]) -> None:
        """Enqueue the embeddings that codes were made of."""
        if self.memory is not None:
            self.memory.write(torch.stack([key[view] for view in self.code_views]))

    @torch.no_grad()
    def assign(self, images: Tensor) -> Tuple[Tensor, Tensor]:
        """The nearest prototype of each image, and its cosine; (N, 1) each."""
        prototypes = F.normalize(self.head.prototypes.weight, dim=1)
        cosines, clusters = (self.embed(images) @ prototypes.T).max(dim=1, keepdim=True)
        return clusters, cosines
