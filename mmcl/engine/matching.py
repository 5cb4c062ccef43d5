"""Loading weights: all of them, or a counted part."""

from typing import Dict, List

from mmengine.logging import print_log
from torch import Tensor, nn

from mmcl.utils.errors import InputError


def load_strictly(model: nn.Module, state_dict: Dict[str, Tensor], source: str) -> str:
    """Load every tensor of a state dict into the equally named and shaped tensor of a model.

    Args:
        model (nn.Module): The model.
        state_dict (dict[str, Tensor]): Names and values.
        source (str): Where they are from, for the message.

    Returns:
        str: A sentence for the log.

    Raises:
        InputError: A name is missing or left over, or a shape differs; it names the tensor, both shapes and the likely cause.
    """
    try:
        model.load_state_dict(state_dict)
    except RuntimeError as error:
        raise _explain(model, state_dict, source, error) from error
    return f'Loaded all {len(state_dict)} tensors of {source}.'


def _explain(model: nn.Module, state_dict: Dict[str, Tensor], source: str, error: RuntimeError) -> InputError:
    own = model.state_dict()
    shapes = [key for key in state_dict if key in own and own[key].shape != state_dict[key].shape]
    missing = [key for key in own if key not in state_dict]
    extra = [key for key in state_dict if key not in own]
    if shapes:
        key = shapes[0]
        given = f'{key} is {tuple(state_dict[key].shape)} in {source} and {tuple(own[key].shape)} in this model{_more(shapes)}'
        cause = f'Likely cause: model.{_part(key)} has another size in the config; use the config that wrote the checkpoint'
    elif missing or extra:
        texts = [f'{source} lacks {missing[0]}{_more(missing)}'] if missing else []
        texts += [f'it holds {extra[0]}{_more(extra)}, which this model lacks'] if extra else []
        given = ', and '.join(texts)
        cause = f'Likely cause: model.{_part((missing or extra)[0])} is another one in the config; use the config that wrote the checkpoint'
    else:  # a module refused its values, in its own words
        given = f'{source} does not fit: ' + ' '.join(line.strip() for line in str(error).splitlines()[1:])
        cause = 'Use the config and the data that wrote the checkpoint'
    return InputError(given, 'the same tensors in both', cause)


def _more(keys: List[str]) -> str:
    return f' (and {len(keys) - 1} more like it)' if len(keys) > 1 else ''


def _part(key: str) -> str:
    """The key of the config that owns a tensor: its first name."""
    return key.split('.')[0]


def load_matching(model: nn.Module, state_dict: Dict[str, Tensor], source: str) -> str:
    """Load the tensors that fit, warn with counts about the others.

    Args:
        model (nn.Module): The model.
        state_dict (dict[str, Tensor]): Names and values.
        source (str): Where they are from, for the message.

    Returns:
        str: A sentence for the log.

    Raises:
        InputError: None fits.
    """
    if not state_dict.keys() & model.state_dict().keys():
        raise InputError(
            f'Nothing in {source} fits this model: it holds {_some(state_dict)}, the model {_some(model.state_dict())}',
            'a checkpoint whose names are those of the model',
            "For the weights of a backbone alone, set model.backbone.init_cfg=dict(type='Pretrained', checkpoint=...)",
        )
    try:
        model.load_state_dict(state_dict, strict=False)
    except RuntimeError:  # a shape differs; every tensor that fits has been loaded nevertheless, and what does not is counted below
        pass
    own = model.state_dict()
    loaded = [key for key in state_dict if key in own and own[key].shape == state_dict[key].shape]
    if not loaded:
        raise InputError(
            f'{source} has names of this model, but every shape differs',
            'a checkpoint of the same architecture',
            'Use the config that wrote the checkpoint',
        )
    left = {
        'have another shape': [
            key for key in state_dict if key in own and own[key].shape != state_dict[key].shape
        ],
        'are not in this model': [key for key in state_dict if key not in own],
        'of the model are not in the checkpoint': [key for key in own if key not in state_dict],
    }
    for what, keys in left.items():
        if keys:
            print_log(f'{len(keys)} tensors {what} and were not loaded, e.g. {keys[0]}.', 'current', level=30)
    return f'Loaded {len(loaded)} of the {len(own)} tensors of the model from {source}.'


def _some(names) -> str:
    names = sorted(names)
    return ', '.join(names[:2]) + (', ...' if len(names) > 2 else '')
