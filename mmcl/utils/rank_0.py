"""What rank 0 does for all processes."""

from typing import Any, Callable

import torch.distributed as dist

from mmcl.utils.dist import rank, world_size
from mmcl.utils.errors import InputError


def from_rank_0(value: Any) -> Any:
    """What rank 0 holds (any picklable value), on every process."""
    if world_size() == 1:
        return value
    box = [value]
    dist.broadcast_object_list(box)
    return box[0]


def on_every_process(act: Callable, *args: Any) -> Any:
    """Let rank 0 do something and give every process what it returned, or the mistake it raised, so that none waits for it.

    Args:
        act (callable): Done on rank 0.
        *args: Its arguments.

    Raises:
        InputError: On every process, where ``act`` raised it.
    """
    result, failure = None, None
    if rank() == 0:
        try:
            result = act(*args)
        except InputError as error:
            failure = error
    result, failure = from_rank_0((result, failure))
    if failure is not None:
        raise failure
    return result
