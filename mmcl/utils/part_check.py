"""Check the parts of a config: dicts whose ``type`` names a class."""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NoReturn

from mmengine.registry import FUNCTIONS, Registry

from mmcl import registry as registries
from mmcl.utils.errors import InputError
from mmcl.utils.near_match import near_matches, remedy
from mmcl.utils.signature import arguments_of, expected_type

_CONTROL = {'type', '_scope_', '_delete_'}

# What a key holds, wherever it stands.
_PLACE = dict(
    backbone=registries.MODELS,
    neck=registries.MODELS,
    branches=registries.MODELS,
    necks=registries.MODELS,
    head=registries.MODELS,
    predictor=registries.MODELS,
    proto_head=registries.MODELS,
    prior=registries.MODELS,
    encoder=registries.MODELS,
    memory=registries.MODELS,
    clusters=registries.MODELS,
    teacher=registries.MODELS,
    pipeline=registries.TRANSFORMS,
    transforms=registries.TRANSFORMS,
    views=registries.TRANSFORMS,
    dataset=registries.DATASETS,
    datasets=registries.DATASETS,
    sampler=registries.DATA_SAMPLERS,
    batch_sampler=registries.DATA_SAMPLERS,
    collate_fn=FUNCTIONS,
    worker_init_fn=FUNCTIONS,
    optimizer=registries.OPTIMIZERS,
    init_cfg=registries.WEIGHT_INITIALIZERS,
    override=registries.WEIGHT_INITIALIZERS,
    positives=registries.TASK_UTILS,
    negatives=registries.TASK_UTILS,
    tiles=registries.TASK_UTILS,
    tile=registries.MODELS,
    pretext=registries.TASK_UTILS,
    pretext_neck=registries.MODELS,
    decoders=registries.MODELS,
    coordinates=registries.MODELS,
    augments=registries.BATCH_AUGMENTS,
    vis_backends=registries.VISBACKENDS,
)
_EVERYWHERE = [
    *dict.fromkeys(item for item in vars(registries).values() if isinstance(item, Registry)),
    FUNCTIONS,
]

# Arguments that whoever builds the part takes out before, and those that it gives.
_BUILDER_TAKES = {
    registries.HOOKS: {'priority'},
    registries.PARAM_SCHEDULERS: {'convert_to_iter_based'},
    registries.OPTIM_WRAPPERS: {'constructor', 'paramwise_cfg'},
    registries.WEIGHT_INITIALIZERS: {'override', 'name'},
    registries.MODELS: {'requires_grad'},  # of a norm_cfg
    registries.TRANSFORMS: {'magnitude_key', 'magnitude_range'},  # of a policy of RandAugment
}
_BUILDER_GIVES = {
    registries.DATA_SAMPLERS: {'dataset', 'seed', 'sampler', 'batch_size'},
    registries.OPTIMIZERS: {'params', 'model_params'},
    registries.OPTIM_WRAPPERS: {'optimizer'},
    registries.PARAM_SCHEDULERS: {'optimizer'},
    registries.LOOPS: {'runner', 'dataloader', 'evaluator'},
    registries.DATASETS: set(),
    registries.TRANSFORMS: set(),
    registries.HOOKS: set(),
    registries.METRICS: set(),
}
# Slots of a model whose builders give nothing: what has no default must stand in the config.
_SLOTS = {
    'model',
    'backbone',
    'neck',
    'head',
    'predictor',
    'proto_head',
    'prior',
    'encoder',
    'memory',
    'clusters',
    'teacher',
    'positives',
    'negatives',
    'tiles',
    'tile',
    'pretext',
    'pretext_neck',
    'decoders',
    'coordinates',
}
_PLAIN = {'metainfo', 'clip_grad', 'paramwise_cfg', 'targets'}  # what stands inside is no part
_EXACT = ('mmcl', 'torch')  # packages whose annotations say all that an argument takes


class PartChecker:
    """Checks parts and what is inside them.

    Args:
        file (str): Name of the config file, for messages.
        scope (str): The config's default scope, where MMEngine looks names up first.
    """

    def __init__(self, file: str, scope: str) -> None:
        self.file = file
        self.scope = scope

    def fail(self, path: str, what: str, expected: str, mend: str) -> NoReturn:
        """Raise for the value at ``path`` ('' for the whole config)."""
        raise InputError(
            f'{path} in {self.file} has {what}' if path else f'{self.file} has {what}', expected, mend
        )

    def keys(self, path: str, value: Any, known: Iterable[str]) -> None:
        """Check the keys of a dict that is no part."""
        if not isinstance(value, Mapping):
            self.fail(path, f'the value {short(value)}', 'a dict', f'Write {path} = dict(...)')
        known = list(known)
        for key in value:
            if key not in known:
                self.fail(
                    path,
                    f'the unknown key {key!r}',
                    f'one of {", ".join(known)}',
                    remedy(key, known, 'Remove it'),
                )

    def value(
        self, path: str, parameter: inspect.Parameter, value: Any, target: Callable | None = None
    ) -> None:
        """Check a value against the annotation of an argument of ``target``."""
        wanted = expected_type(
            parameter, value, trusted=getattr(target, '__module__', 'mmcl').split('.')[0] in _EXACT
        )
        if wanted is not None:
            default = parameter.default
            example = f', e.g. {default!r}' if isinstance(default, (int, float, str, list, tuple)) else ''
            self.fail(path, f'the value {short(value)}', f'{wanted}{example}', f'Change {path}')

    def parts(self, path: str, value: Any, registry: Registry) -> None:
        """Check a part, or a list or dict of parts."""
        if isinstance(value, (list, tuple)):
            for number, item in enumerate(value):
                self.parts(f'{path}.{number}', item, registry)
        elif isinstance(value, Mapping) and 'type' in value:
            self.part(path, value, [registry])
        elif (
            isinstance(value, Mapping)
            and value
            and all(isinstance(item, (Mapping, list)) for item in value.values())
        ):
            for name, item in value.items():
                self.parts(f'{path}.{name}', item, registry)
        elif isinstance(value, Mapping):
            self.fail(
                path,
                f'no type in {short(dict(value))}',
                'dict(type=..., ...)',
                remedy('type', value, 'Add type='),
            )
        elif isinstance(value, (str, int, float)):
            self.fail(path, f'the value {value!r}', 'dict(type=..., ...)', f'Write {path} = dict(type=...)')

    def part(self, path: str, value: Mapping, places: Sequence[Registry]) -> None:
        """Check a dict with a type, whose class is in one of ``places``, the likeliest first."""
        given, outer = value['type'], self.scope
        self.scope = value.get('_scope_') or outer
        if isinstance(given, str):
            target, registry = self.find(given, places)
            if target is None:
                self._unknown(path, given, places)
        elif callable(given):
            target, registry = given, places[0]
        else:
            self.fail(path, f'type={given!r}', "the name of a class, such as 'ResNet'", 'Give a name')
        self.arguments(path, value, target, registry)
        self.scope = outer

    def _unknown(self, path: str, name: str, places: Sequence[Registry]) -> NoReturn:
        kind = f'{places[0].name} ' if len(places) == 1 else ''
        _, elsewhere = self.find(name, _EVERYWHERE)
        if elsewhere is not None:
            self.fail(
                path,
                f'type={name!r}, which is a {elsewhere.name}',
                f'a {kind}class',
                'Put it in its own place',
            )
        near = near_matches(name, self._names(places)) or near_matches(
            name, self._names(_EVERYWHERE), cutoff=0.75
        )
        own = "If it is your own, import its module: custom_imports = dict(imports=['package.module'])"
        mend = f'Did you mean {" or ".join(map(repr, near))}' if near else own
        self.fail(path, f'type={name!r}', f'the name of a registered {kind}class', mend)

    def arguments(
        self, path: str, value: Mapping, target: Callable, registry: Registry, more: Iterable[str] = ()
    ) -> None:
        """Check the arguments of a class, and the parts among them.

        Args:
            path (str): Where the arguments stand.
            value (Mapping): Arguments by name.
            target (Callable): The class or function.
            registry (Registry): Tells what its builder gives and takes.
            more (Iterable[str]): Further keys that the builder takes.
        """
        taken = arguments_of(target)
        extra = _BUILDER_TAKES.get(registry, set()) | set(more)
        given = _BUILDER_GIVES.get(registry, set())
        for key in () if taken.anything else value:
            if key not in taken.known and key not in extra and key not in _CONTROL:
                names = [name for name in taken.known if name not in given]
                self.fail(
                    path,
                    f'{key}={short(value[key])}, which {target.__name__} does not take',
                    f'one of {", ".join(names)}' if names else 'no arguments',
                    remedy(key, [*taken.known, *extra], 'Remove it'),
                )
        if not taken.anything and (registry in _BUILDER_GIVES or path.rsplit('.', 1)[-1] in _SLOTS):
            missing = [name for name in taken.required if name not in value and name not in given]
            if missing:
                told = ', '.join(f'{name}=' for name in missing)
                self.fail(
                    path, f'no {" and no ".join(missing)}', f'what {target.__name__} needs', f'Add {told}'
                )
        for key, parameter in taken.known.items():
            if key in value:
                self.value(f'{path}.{key}', parameter, value[key], target)
        self.inside(path, value, registry)

    def inside(self, path: str, value: Any, registry: Registry, key: str = '') -> None:
        """Check the parts inside a value.

        Args:
            path (str): Where the value stands.
            value: Anything.
            registry (Registry): Where the part that holds the value came from; its parts likely do too.
            key (str): The name under which the value stands, if any.
        """
        if isinstance(value, Mapping):
            items = [(name, item, name) for name, item in value.items() if name not in _PLAIN]
        else:
            items = [(number, item, key) for number, item in enumerate(value)]
        for name, item, item_key in items:
            place, where = _PLACE.get(item_key), f'{path}.{name}'
            if isinstance(item, Mapping) and 'type' in item:
                others = (other for other in _EVERYWHERE if other is not registry)
                self.part(where, item, [place] if place else [registry, *others])
            elif isinstance(item, Mapping) and item and item_key in _SLOTS and registry is registries.MODELS:
                self.parts(where, item, registry)
            elif isinstance(item, (Mapping, list, tuple)):
                self.inside(where, item, place or registry, item_key)

    def find(self, name: str, places: Iterable[Registry]) -> tuple[Any, Registry | None]:
        """The class of a name and the registry that knows it, or (None, None)."""
        for place in places:
            try:
                target = self._scoped(place).get(name)
            except RuntimeError:  # what Registry.get says of a dotted name that it cannot import
                target = None
            if target is not None:
                return target, place
        return None, None

    def _scoped(self, registry: Registry) -> Registry:
        """The registry of the config's scope, which is where MMEngine will look."""
        if registry is FUNCTIONS or self.scope == registry.scope:
            return registry
        with registry.switch_scope_and_registry(self.scope) as found:
            return found

    def _names(self, places: Iterable[Registry]) -> set[str]:
        """Every name that could stand in these places."""
        names: set[str] = set()
        for place in places:
            node: Registry | None = self._scoped(place)
            node.import_from_location()
            while node is not None:
                names |= set(node.module_dict)
                node = node.parent
        return names


def short(value: Any) -> str:
    """``repr``, cut at 80 characters."""
    text = repr(value)
    return text if len(text) <= 80 else f'{text[:77]}...'
