"""What a run's settings mean for the method, said once at the start."""

from typing import List

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from mmcl.models.policies import BatchNegatives


def batch_notes(learner: nn.Module, batch_size: int, processes: int, accumulation: int) -> List[str]:
    """Say what accumulated and chunked batches are not.

    Args:
        learner (nn.Module): The model.
        batch_size (int): Images a batch and process.
        processes (int): How many.
        accumulation (int): Batches an optimizer step.

    Returns:
        list[str]: Sentences for the log; none where nothing is accumulated or chunked.
    """
    notes = []
    chunk_size = getattr(getattr(learner, 'encoder', None), 'chunk_size', None)
    from_batch = any(isinstance(policy, BatchNegatives) for policy in getattr(learner, 'policies', []))
    if accumulation > 1 and from_batch:
        notes.append(
            f'optim_wrapper.accumulative_counts={accumulation} adds up the gradients of batches; the negatives of an image are still those '
            f'of its own batch of {batch_size * processes}. To have more of them in the same memory, raise train_dataloader.batch_size and '
            f'set +model.encoder.chunk_size={chunk_size or batch_size}.'
        )
    parts = [part for part in (getattr(learner, 'backbone', None), getattr(learner, 'neck', None)) if part]
    norms = any(isinstance(module, _BatchNorm) for part in parts for module in part.modules())
    if chunk_size:
        text = f'model.encoder.chunk_size={chunk_size}: the loss sees the whole batch, the network at most {chunk_size} images at a time'
        notes.append(text + (', and the statistics of batch norm are those of a chunk.' if norms else '.'))
    return notes
