"""The numbers of an iteration, fetched from the device when somebody reads them."""

from typing import Any, Dict, List, Optional

import torch
from mmengine.hooks import RuntimeInfoHook

from mmcl.registry import HOOKS

_MOST = 200  # iterations in waiting, where nobody reads


@HOOKS.register_module()
class DeferredInfoHook(RuntimeInfoHook):
    """MMEngine's ``RuntimeInfoHook``, which makes the host wait for the GPU at every iteration, once for each number of the log.

    Here the losses and statistics of an iteration stay on the GPU until they are logged, saved or the epoch ends, and then come in one
    copy. The histories are the same. On a CPU there is nothing to wait for and nothing is put off.
    """

    def __init__(self) -> None:
        self._waiting: List[Dict[str, Any]] = []

    def after_train_iter(
        self, runner, batch_idx: int, data_batch=None, outputs: Optional[dict] = None
    ) -> None:
        """Keep the numbers of this iteration."""
        if not self._waiting and not self.defers(outputs):
            super().after_train_iter(runner, batch_idx, data_batch, outputs)
            return
        # without the graph behind the loss, which would be kept as well
        self._waiting.append(
            {
                key: value.detach() if torch.is_tensor(value) else value
                for key, value in (outputs or {}).items()
            }
        )
        if len(self._waiting) >= _MOST:
            self.flush(runner)

    @staticmethod
    def defers(outputs: Optional[dict]) -> bool:
        """Whether reading these numbers would make the host wait."""
        return any(torch.is_tensor(value) and value.is_cuda for value in (outputs or {}).values())

    def flush(self, runner) -> None:
        """Write what is waiting into the message hub; the runner calls this before it logs or saves."""
        waiting, self._waiting = self._waiting, []
        tensors = [value for step in waiting for value in step.values() if torch.is_tensor(value)]
        # fp64 holds every number exactly
        numbers = iter(
            torch.stack([each.reshape(()).double() for each in tensors]).tolist() if tensors else []
        )
        for step in waiting:
            for key, value in step.items():
                runner.message_hub.update_scalar(
                    f'train/{key}', next(numbers) if torch.is_tensor(value) else value
                )

    def after_train_epoch(self, runner) -> None:
        """Write what is left."""
        self.flush(runner)
