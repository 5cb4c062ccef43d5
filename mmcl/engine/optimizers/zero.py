"""ZeRO-1: every process keeps the optimizer's state of its own share of the parameters."""

from typing import Any, Iterable

from mmengine.dist import is_main_process
from torch.distributed.optim import ZeroRedundancyOptimizer as _ZeroRedundancyOptimizer

from mmcl.registry import OPTIMIZERS


@OPTIMIZERS.register_module()
class ZeroRedundancyOptimizer(_ZeroRedundancyOptimizer):
    """Any optimizer, with its state divided over the processes (ZeRO stage 1, https://arxiv.org/abs/1910.02054, section 5.1).

    Each process updates its share of the parameters and sends it to the others, so that all hold what the optimizer alone would have
    given. MMEngine's class of this name takes torch's optimizers only. On one process the runner builds the optimizer itself.

    Args:
        params (iterable): Parameters or parameter groups.
        optimizer_type (str): Registered name of the optimizer, e.g. 'LARS'.
        **kwargs: Of that optimizer, and of torch's ``ZeroRedundancyOptimizer``.
    """

    def __init__(self, params: Iterable, optimizer_type: str, **kwargs: Any) -> None:
        super().__init__(list(params), OPTIMIZERS.get(optimizer_type), **kwargs)

    def state_dict(self) -> dict:
        """The whole state on rank 0, nothing on others; every process must call this."""
        self.consolidate_state_dict()
        return super().state_dict() if is_main_process() else {}
