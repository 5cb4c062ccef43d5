"""A network starts from parts of another one's checkpoint: all of each part, or an error."""

from collections import Counter
from typing import List, Sequence

from mmengine.logging import print_log
from mmengine.runner.checkpoint import CheckpointLoader
from torch import nn

from mmcl.utils.errors import InputError, expect


def start_from(model: nn.Module, checkpoint: str, parts: Sequence[str]) -> None:
    """Load parts of a checkpoint into the parts of the same names, and say in the log what was loaded and what was not.

    Every tensor of these parts must be in the checkpoint, in its shape, and the other way round; only of its ``neck`` there may be more
    layers than here, since fine-tuning may start from the first layers of a projector.

    Args:
        model (nn.Module): Changed in place.
        checkpoint (str): File or URL, written by training, or a bare state dict.
        parts (Sequence[str]): E.g. ``('backbone', 'neck')``.

    Raises:
        InputError: A tensor is missing, left over or of another shape, or the model has no such part.
    """
    content = CheckpointLoader.load_checkpoint(str(checkpoint), map_location='cpu')
    found = {key.removeprefix('module.'): value for key, value in content.get('state_dict', content).items()}
    own = {key: value for key, value in model.state_dict().items() if _part(key) in parts}
    counts = Counter(map(_part, own))
    without = [part for part in parts if not counts[part]]
    expect(
        not without,
        f'This model has no {" and no ".join(without)} to start from {checkpoint}',
        'parts that it has',
        f'Set pretrained_parts={tuple(part for part in parts if counts[part])}',
    )
    remedy = 'Give the checkpoint of a network with the same backbone and neck, or change model'
    missing = [key for key in own if key not in found]
    if missing:
        raise InputError(
            f'{checkpoint} lacks {_some(missing)} of {len(own)} tensors to start from',
            'a checkpoint that holds all',
            remedy,
        )
    for key, value in own.items():
        if value.shape != found[key].shape:
            raise InputError(
                f'{checkpoint} has {key} of shape {tuple(found[key].shape)}',
                f'shape {tuple(value.shape)}, as the config says',
                remedy,
            )
    left = [key for key in found if key not in own]
    unknown = [key for key in left if _part(key) in parts and _part(key) != 'neck']
    if unknown:
        raise InputError(
            f'{checkpoint} holds {_some(unknown)}, which this model lacks', 'the same backbone', remedy
        )
    model.load_state_dict({key: found[key] for key in own}, strict=False)
    told = ', '.join(f'{counts[part]} of {part}' for part in parts)
    print_log(f'Started from {checkpoint}: all tensors found, {told}. Left: {_left(left)}.', 'current')


def _part(key: str) -> str:
    return key.split('.')[0]


def _left(keys: List[str]) -> str:
    """What of a checkpoint is not used, layer by layer."""
    layers = Counter('.'.join(key.split('.')[:-1]) if _part(key) == 'neck' else _part(key) for key in keys)
    return ', '.join(f'{number} of {name}' for name, number in layers.items()) or 'nothing'


def _some(keys: List[str]) -> str:
    return keys[0] + (f' and {len(keys) - 1} more' if len(keys) > 1 else '')
