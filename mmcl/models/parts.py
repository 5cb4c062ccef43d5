"""Build a part and refuse one of the wrong kind."""

from typing import Any, Optional

from mmcl.registry import MODELS
from mmcl.utils.errors import InputError

# slot of a learner -> the folder (of mmcl or MMPretrain) whose classes fit it
_FOLDER = dict(
    backbone='backbones',
    neck='necks',
    predictor='necks',
    head='heads',
    proto_head='heads',
    prior='heads',
    encoder='encoders',
    memory='memories',
    clusters='memories',
    targets='memories',
    teacher='learners',
    positives='policies',
    negatives='policies',
    mixing='policies',
    tiles='policies',
    pretext='policies',
    pretext_neck='necks',
    decoders='necks',
    coordinates='heads',
    regulariser='heads',
    decoder='necks',
)


def build_part(cfg: Any, slot: str, registry=MODELS) -> Optional[Any]:
    """Build what a config puts into a slot.

    A class's kind is the folder that defines it; a class from outside mmcl and MMPretrain is taken as it is.

    Args:
        cfg (dict | object | None): Config with ``type``, a built object, or None.
        slot (str): Argument name: 'backbone', 'neck', 'predictor', 'head', 'encoder', 'memory', 'positives', 'negatives' ...
        registry (Registry): Where to look the type up. Defaults to MODELS.

    Raises:
        InputError: The part is of another kind than the slot wants.
    """
    if cfg is None:
        return None
    part = registry.build(cfg) if isinstance(cfg, dict) else cfg
    kind = set(type(part).__module__.split('.')) & set(_FOLDER.values())
    if kind and _FOLDER[slot] not in kind:
        raise InputError(
            f'model.{slot} is a {type(part).__name__}, which belongs to {kind.pop()}',
            f'one of {_FOLDER[slot]}',
            f'Put another type into model.{slot}, or move this part to its own slot',
        )
    return part
