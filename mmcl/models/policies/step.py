"""What a policy may look at."""

from dataclasses import dataclass, field, replace
from typing import Any, Callable, Dict, Hashable, List, Sequence, Tuple

from torch import Tensor, nn

from mmcl.structures import sample_idx
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
    _made: Dict[Hashable, Any] = field(default_factory=dict)

    def once(self, name: Hashable, make: Callable[[], Any]) -> Any:
        """What ``make`` gives, made once in a step for all its pairs."""
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]

    def among(self, views: Sequence[int]) -> 'Step':
        """This step with the keys of some views alone, for a contrast that is not to know the others."""
        return replace(self, key={view: self.key[view] for view in views})

    def sample_idx(self) -> Tensor:
        """Each image's own index in the dataset, int64 (N,), where the keys are."""
        return self.once(
            'index', lambda: sample_idx(self.data_samples).to(next(iter(self.key.values())).device)
        )

    def gathered_key(self, view: int) -> Tensor:
        """The keys of a view on all processes, (W * N, D), with gradient; gathered once a step."""
        return self.once(('key', view), lambda: gather_with_grad(self.key[view]))
