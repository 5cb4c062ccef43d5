"""Find a config's mistakes before anything is built or written."""

from collections.abc import Callable, Mapping
from typing import Any

from mmengine.config import Config
from mmengine.runner import EpochBasedTrainLoop, IterBasedTrainLoop, LogProcessor, Runner, TestLoop, ValLoop
from torch import nn
from torch.utils.data import DataLoader

from mmcl import registry as registries
from mmcl.utils.errors import InputError
from mmcl.utils.near_match import near_matches, remedy
from mmcl.utils.part_check import PartChecker, short
from mmcl.utils.signature import arguments_of

_TOO_NEAR = 0.85  # a name of the file's own that is this like a known key is a slip of the pen

# Keys that Runner.from_cfg, its helpers and mmcl's tools read besides the arguments of Runner.
_OTHER_KEYS = (
    'model_wrapper_cfg', 'runner_type', 'compile', 'custom_imports', 'precision', 'sync_bn', 'find_unused_parameters',
    'activation_checkpointing',
)  # fmt: skip
_SETS = (
    ('train_dataloader', 'train_cfg', 'optim_wrapper'),
    ('val_dataloader', 'val_cfg', 'val_evaluator'),
    ('test_dataloader', 'test_cfg', 'test_evaluator'),
)
_HOOKS = ('runtime_info', 'timer', 'sampler_seed', 'logger', 'param_scheduler', 'checkpoint')
_LOADER_PARTS = dict(
    dataset=registries.DATASETS, sampler=registries.DATA_SAMPLERS, batch_sampler=registries.DATA_SAMPLERS
)
_LOADER_KEYS = ('collate_fn', 'num_batch_per_epoch', 'worker_init_fn', 'disable_subprocess_warning')
_PARAMWISE_NUMBERS = (
    'bias_lr_mult', 'bias_decay_mult', 'norm_decay_mult', 'flat_decay_mult', 'dwconv_decay_mult', 'dcn_offset_lr_mult',
)  # fmt: skip
_LOG_LEVELS = ('CRITICAL', 'ERROR', 'WARNING', 'INFO', 'DEBUG', 'NOTSET')


def check_config(cfg: Config) -> None:
    """Check a whole config: names of classes, their arguments and plain types, and the runner's own keys.

    Names that a config file defines for itself are free, unless they are nearly the name of a key of the runner.

    Args:
        cfg (Config): As read; not changed.

    Raises:
        InputError: The first mistake, with near matches.
    """
    _ConfigChecker(cfg).run()


def check_custom_keys(cfg: Config, model: nn.Module) -> None:
    """Check that each key of ``paramwise_cfg.custom_keys`` is part of a parameter's name.

    Args:
        cfg (Config): ``optim_wrapper.paramwise_cfg`` is read, if there is one.
        model (nn.Module): The model; one on the meta device will do. A DDP wrapper's ``module.`` does not count.

    Raises:
        InputError: A key that matches nothing.
    """
    keys = ((cfg.get('optim_wrapper') or {}).get('paramwise_cfg') or {}).get('custom_keys') or {}
    names = [name.removeprefix('module.') for name, _ in model.named_parameters()]
    parts = {part for name in names for part in name.split('.')}
    for key in keys:
        if not any(key in name for name in names):
            raise InputError(
                f"optim_wrapper.paramwise_cfg.custom_keys in {_file(cfg)} has {key!r}, which is in no parameter's name",
                f'a part of a name such as {names[0]!r}' if names else 'a model with parameters',
                remedy(key, parts, 'Remove the key'),
            )


def _file(cfg: Config) -> str:
    return cfg.filename or 'the config'


class _ConfigChecker(PartChecker):
    """One check of one config: a method for each kind of section."""

    def __init__(self, cfg: Config) -> None:
        super().__init__(_file(cfg), cfg.get('default_scope') or 'mmcl')
        self.cfg = cfg

    def run(self) -> None:
        """Check every key of the runner, and refuse names that are nearly one."""
        sections: dict[str, Callable[[str, Any], None]] = dict(
            model=self._in(registries.MODELS),
            tta_model=self._in(registries.MODELS),
            data_preprocessor=self._in(registries.MODELS, untyped=True),
            train_dataloader=self._dataloader,
            val_dataloader=self._dataloader,
            test_dataloader=self._dataloader,
            train_cfg=self._train_cfg,
            val_cfg=self._in(registries.LOOPS, ValLoop),
            test_cfg=self._in(registries.LOOPS, TestLoop),
            val_evaluator=self._evaluator,
            test_evaluator=self._evaluator,
            optim_wrapper=self._optim_wrapper,
            param_scheduler=self._in(registries.PARAM_SCHEDULERS),
            default_hooks=self._default_hooks,
            custom_hooks=self._in(registries.HOOKS),
            visualizer=self._in(registries.VISUALIZERS, untyped=True),
            log_processor=self._in(registries.LOG_PROCESSORS, LogProcessor),
            model_wrapper_cfg=self._in(registries.MODEL_WRAPPERS, untyped=True),
            tta_pipeline=self._in(registries.TRANSFORMS),
            env_cfg=self._env_cfg,
            randomness=self._randomness,
            auto_scale_lr=self._auto_scale_lr,
            log_level=self._log_level,
        )
        runner = {name: parameter for name, parameter in arguments_of(Runner).known.items() if name != 'cfg'}
        known = [*runner, *_OTHER_KEYS]
        for key, value in self.cfg.items():
            near = near_matches(key, known, cutoff=_TOO_NEAR) if key not in known else []
            if near:
                self.fail(
                    '',
                    f'the key {key!r}, which nothing reads',
                    "a key of the runner, or a name of the file's own that is not so like one",
                    f'Did you mean {near[0]!r}? If not, choose another name',
                )
            if value is not None and key in sections:
                sections[key](key, value)
            elif key in runner:
                self.value(key, runner[key], value)
        if self.cfg.get('model') is None:
            self.fail('', 'no model', 'model = dict(type=...)', 'Add one')
        for names in _SETS:
            self._check_together(names)

    def _check_together(self, names: tuple[str, ...]) -> None:
        given = [name for name in names if self.cfg.get(name) is not None]
        missing = [name for name in names if name not in given]
        if given and missing:
            self.fail(
                '',
                f'{" and ".join(given)}, but no {" and no ".join(missing)}',
                f'{", ".join(names[:-1])} and {names[-1]} together, or none of them',
                f'Add {" and ".join(missing)}, or set {" and ".join(given)} to None',
            )

    def _in(
        self, registry, default: Callable | None = None, untyped: bool = False
    ) -> Callable[[str, Any], None]:
        """A check of a part or of several; ``default`` is built where no type is given, ``untyped`` allows none."""

        def check(path: str, value: Any) -> None:
            if not isinstance(value, Mapping) or 'type' in value or not (default or untyped):
                self.parts(path, value, registry)
            elif default:
                self.arguments(path, value, default, registry)
            else:
                self.inside(path, value, registry)

        return check

    def _dataloader(self, path: str, value: Any) -> None:
        loader = arguments_of(DataLoader).known
        self.keys(path, value, dict.fromkeys([*_LOADER_PARTS, *_LOADER_KEYS, *loader]))
        for name in ('dataset', 'sampler', *([] if 'batch_sampler' in value else ['batch_size'])):
            if name not in value:
                self.fail(path, f'no {name}', f'{path}.{name}', f'Add {name}')
        for name, least in (('batch_size', 1), ('num_workers', 0), ('prefetch_factor', 1)):
            self._at_least(f'{path}.{name}', value.get(name), least)
        for name in ('persistent_workers', 'prefetch_factor'):
            if value.get(name) and not value.get('num_workers'):
                self.fail(
                    path,
                    f'{name}={value[name]} without workers',
                    'num_workers above 0',
                    f'Set {name}=None or add workers',
                )
        for name, registry in _LOADER_PARTS.items():
            if value.get(name) is not None:
                self.parts(f'{path}.{name}', value[name], registry)
        self.inside(
            path,
            {name: value[name] for name in ('collate_fn', 'worker_init_fn') if name in value},
            registries.DATASETS,
        )
        for name, item in value.items():
            if name in loader and name not in _LOADER_PARTS:
                self.value(f'{path}.{name}', loader[name], item)

    def _at_least(self, path: str, value: Any, least: int) -> None:
        """Check a count; None is fine."""
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < least):
            self.fail(path, f'the value {value!r}', f'a whole number, at least {least}', f'Change {path}')

    def _train_cfg(self, path: str, value: Any) -> None:
        if not isinstance(value, Mapping) or 'type' in value:
            self.parts(path, value, registries.LOOPS)
        elif 'by_epoch' in value:
            default = EpochBasedTrainLoop if value['by_epoch'] else IterBasedTrainLoop
            self.arguments(path, value, default, registries.LOOPS, more=['by_epoch'])
        else:
            self.fail(path, f'no type in {short(dict(value))}', 'a loop', "Add type='ResumableEpochLoop'")
        for name in ('max_epochs', 'max_iters', 'val_interval'):
            self._at_least(f'{path}.{name}', value.get(name), 1)

    def _evaluator(self, path: str, value: Any) -> None:
        if isinstance(value, (list, tuple)):
            for number, item in enumerate(value):
                self._evaluator(f'{path}.{number}', item)
        elif isinstance(value, Mapping) and 'type' in value:
            self.part(path, value, [registries.METRICS, registries.EVALUATORS])
        elif isinstance(value, Mapping) and 'metrics' in value:
            self._evaluator(f'{path}.metrics', value['metrics'])
        else:
            self.parts(path, value, registries.METRICS)

    def _optim_wrapper(self, path: str, value: Any) -> None:
        if not isinstance(value, Mapping):
            self.fail(
                path, f'the value {short(value)}', 'a dict', f'Write {path} = dict(optimizer=dict(type=...))'
            )
        wrappers = [name for name, item in value.items() if isinstance(item, Mapping) and 'optimizer' in item]
        for name in wrappers:  # one wrapper an optimizer
            self._optim_wrapper(f'{path}.{name}', value[name])
        if wrappers:
            return
        value = {'type': 'OptimWrapper', 'constructor': 'DefaultOptimWrapperConstructor', **value}
        if value['constructor'] == 'DefaultOptimWrapperConstructor' and 'optimizer' not in value:
            self.fail(
                path,
                'no optimizer',
                'optimizer=dict(type=..., lr=...)',
                remedy('optimizer', value, 'Add one'),
            )
        self.part(path, value, [registries.OPTIM_WRAPPERS])
        self.inside(
            path, dict(constructor=dict(type=value['constructor'])), registries.OPTIM_WRAPPER_CONSTRUCTORS
        )
        if 'optimizer' in value:
            self.parts(f'{path}.optimizer', value['optimizer'], registries.OPTIMIZERS)
        if value.get('clip_grad') is not None:
            self._clip_grad(f'{path}.clip_grad', value['clip_grad'])
        if value.get('paramwise_cfg') and value['constructor'] == 'DefaultOptimWrapperConstructor':
            self._paramwise(f'{path}.paramwise_cfg', value['paramwise_cfg'], value['optimizer'])

    def _clip_grad(self, path: str, value: Any) -> None:
        clips = dict(norm=nn.utils.clip_grad_norm_, value=nn.utils.clip_grad_value_)
        kind = value.get('type', 'norm') if isinstance(value, Mapping) else 'norm'
        if kind not in clips:
            self.fail(path, f'type={kind!r}', "'norm' or 'value'", f'Change {path}.type')
        self.keys(
            path, value, ['type', *(name for name in arguments_of(clips[kind]).known if name != 'parameters')]
        )

    def _paramwise(self, path: str, value: Any, optimizer: Any) -> None:
        self.keys(path, value, [*_PARAMWISE_NUMBERS, 'bypass_duplicate', 'custom_keys'])
        kind = optimizer['type'] if isinstance(optimizer, Mapping) else type(optimizer)
        target = self.find(kind, [registries.OPTIMIZERS])[0] if isinstance(kind, str) else kind
        options = [name for name in arguments_of(target).known if name != 'params']
        groups = dict(value.get('custom_keys') or {})
        for name, group in groups.items():
            # Marks for a hook or an optimizer of one's own are fine, so only what is nearly a known key is wrong.
            known = ['lr_mult', 'decay_mult', *options]
            marks = [key for key in group if not near_matches(key, known)]
            self.keys(f'{path}.custom_keys[{name!r}]', group, [*known, *marks])
        numbers = [(f'{path}.{name}', value[name]) for name in _PARAMWISE_NUMBERS if name in value]
        numbers += [
            (f'{path}.custom_keys[{name!r}].{mult}', group[mult])
            for name, group in groups.items()
            for mult in ('lr_mult', 'decay_mult')
            if mult in group
        ]
        for where, number in numbers:
            if not isinstance(number, (int, float)):
                self.fail(where, f'the value {short(number)}', 'a number', f'Change {where}')

    def _default_hooks(self, path: str, value: Any) -> None:
        if not isinstance(value, Mapping):
            self.fail(
                path,
                f'the value {short(value)}',
                'a dict of hooks',
                f'Write {path} = dict(name=dict(type=...))',
            )
        for name, hook in value.items():
            near = near_matches(name, _HOOKS, cutoff=_TOO_NEAR) if name not in _HOOKS else []
            if near:
                self.fail(
                    path, f'the key {name!r}', f'{near[0]!r} or another name', f'Did you mean {near[0]!r}'
                )
            if hook is not None:
                self.parts(f'{path}.{name}', hook, registries.HOOKS)

    def _env_cfg(self, path: str, value: Any) -> None:
        self.keys(path, value, ['cudnn_benchmark', 'mp_cfg', 'dist_cfg', 'resource_limit'])
        self.keys(f'{path}.mp_cfg', value.get('mp_cfg') or {}, ['mp_start_method', 'opencv_num_threads'])
        self.keys(f'{path}.dist_cfg', value.get('dist_cfg') or {}, ['backend', 'timeout'])

    def _randomness(self, path: str, value: Any) -> None:
        known = {
            name: item for name, item in arguments_of(Runner.set_randomness).known.items() if name != 'self'
        }
        self.keys(path, value, known)
        self._at_least(f'{path}.seed', value.get('seed'), 0)
        for name, item in value.items():
            self.value(f'{path}.{name}', known[name], item)

    def _auto_scale_lr(self, path: str, value: Any) -> None:
        self.keys(path, value, ['base_batch_size', 'enable'])
        if value.get('base_batch_size') is None:
            self.fail(
                path, 'no base_batch_size', 'the batch that the learning rate is for', 'Add base_batch_size='
            )
        self._at_least(f'{path}.base_batch_size', value['base_batch_size'], 1)

    def _log_level(self, path: str, value: Any) -> None:
        if value not in _LOG_LEVELS and not isinstance(value, int):
            self.fail(path, f'the value {value!r}', f'one of {", ".join(_LOG_LEVELS)}', f'Change {path}')
