"""What a checkpoint must hold so that a resumed run is the same run."""

import hashlib
from typing import Any, Dict

import torch
from mmengine.dist import all_gather_object, get_world_size
from mmengine.runner import Runner
from mmpretrain.utils import get_ori_model
from torch import Tensor, nn

from mmcl.utils.errors import InputError

_WORDS = dict(
    world_size='process(es)',
    batch_size='images a batch and process',
    accumulation='batches an optimizer step',
    num_images='training images',
)


def layout_of(runner: Runner) -> Dict[str, int]:
    """How a run shares out its images: processes, batch, accumulation and the number of images; noted in its checkpoints."""
    return dict(
        world_size=runner.world_size,
        batch_size=runner.train_dataloader.batch_size,
        accumulation=getattr(runner.train_loop, 'accumulation', 1),
        num_images=len(runner.train_dataloader.dataset),
    )


def check_same_run(filename: str, checkpoint: Any, runner: Runner) -> dict:
    """Refuse a checkpoint that cannot continue as the same run.

    Args:
        filename (str): Where it is from, for the message.
        checkpoint (Any): What the file holds.
        runner (Runner): That wants to go on from it.

    Returns:
        dict: The checkpoint's ``meta``.

    Raises:
        InputError: It holds weights alone, or is of another method, number of processes, batch or dataset.
    """
    parts = {'meta', 'state_dict', 'optimizer', 'ranks'}
    if not isinstance(checkpoint, dict) or not parts <= set(checkpoint):
        raise InputError(
            f'{filename} holds weights, but not the state of a run',
            'a checkpoint that mmcl saved while training',
            f'To start from its weights, use --cfg-options +load_from={filename} without --resume',
        )
    meta, model = checkpoint['meta'], type(get_ori_model(runner.model)).__name__
    if meta['model'] != model:
        raise InputError(
            f'{filename} is a checkpoint of {meta["model"]}, the config trains {model}',
            'the same method',
            'Use the config that wrote it',
        )
    for key, here in layout_of(runner).items():
        if meta[key] != here:
            raise InputError(
                f'{filename} was trained with {meta[key]} {_WORDS[key]}, this run has {here}',
                'the same, so that the run can go on exactly',
                f'Start as before, or start a new run from its weights with --cfg-options +load_from={filename}',
            )
    return meta


def own_buffers(model: nn.Module) -> Dict[str, Tensor]:
    """This process's values of the buffers that are not equal on all processes, e.g. statistics of plain batch norm.

    Every process must call this.
    """
    if get_world_size() == 1:
        return {}
    buffers = dict(model.named_buffers())
    digests = {name: _digest(buffer) for name, buffer in buffers.items()}
    everyone = all_gather_object(digests)
    return {
        name: buffer
        for name, buffer in buffers.items()
        if any(theirs[name] != digests[name] for theirs in everyone)
    }


def _digest(buffer: Tensor) -> str:
    return hashlib.sha1(buffer.detach().cpu().reshape(-1).view(torch.uint8).numpy()).hexdigest()
