"""What a policy may look at."""

from dataclasses import dataclass, field
from typing import Dict, List, Tuple

from torch import Tensor, nn

from mmcl.utils.dist_grad import gather_with_grad


@dataclass
class Step:
    """The embeddings of one training step.

    Args:
        query (dict[int, Tensor]): Queries by view, (N, D), unit length.
        key (dict[int, Tensor]): Keys by view, (N, D), unit length.
        data_samples (list[DataSample]): N samples with ``sample_idx`` and maybe ``gt_label``.
        memory (nn.Module, optional): The learner's memory.
        pair (tuple[int, int]): The (query view, key view) that is compared now.
    """

    query: Dict[int, Tensor]
    key: Dict[int, Tensor]
    data_samples: List
    memory: nn.Module = None
    pair: Tuple[int, int] = (0, 1)
    _gathered: Dict[int, Tensor] = field(default_factory=dict)

    def gathered_key(self, view: int) -> Tensor:
        """The keys of a view on all processes, (W * N, D), with gradient; gathered once a step."""
        if view not in self._gathered:
            self._gathered[view] = gather_with_grad(self.key[view])
        return self._gathered[view]
