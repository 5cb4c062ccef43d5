"""``--cfg-options``: change what a config says, from the command line."""

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.config import Config, ConfigDict, DictAction

from mmcl.utils.errors import InputError
from mmcl.utils.near_match import remedy


class CfgOptions(DictAction):
    """Collects ``K=V`` arguments in a dict; values as MMEngine reads them, and what stands in quotes is a string.

    ``lr=1e-3``, ``milestones=[1,2]`` or ``milestones=1,2``, ``load_from=None``, ``"experiment_name='1'"``.
    """

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Sequence[str],
        option_string=None,
    ) -> None:
        """Add to what an earlier use of the option has collected."""
        options = dict(getattr(namespace, self.dest, None) or {})
        for item in values:
            key, equals, value = item.partition('=')
            if not equals or not key.strip('+ '):
                parser.error(
                    f'{option_string} was given {item!r}, but takes K=V, e.g. train_cfg.max_epochs=3'
                )
            try:
                options[key.strip()] = _parse(value)
            except AssertionError as error:  # DictAction's word for brackets that do not match
                parser.error(f'{option_string} {item}: {error}')
        setattr(namespace, self.dest, options)


def _parse(text: str) -> Any:
    if len(text) > 1 and text[0] == text[-1] and text[0] in '\'"':
        return text[1:-1]
    return DictAction._parse_iterable(text)


def apply_cfg_options(cfg: Config, options: Mapping[str, Any]) -> None:
    """Change a config in place.

    Args:
        cfg (Config): The config.
        options (Mapping[str, Any]): Values by dotted path; a number in a path is a position in a list. Only a path that starts
            with ``+`` may create a key. A value has the type of what it replaces: numbers of any kind are one type, lists and
            tuples too, and None replaces anything and is replaced by anything.

    Raises:
        InputError: A key that is not there, or a value of another type.
    """
    for key, value in options.items():
        # Parts of a config may be one object (test_evaluator = val_evaluator): the path is copied, not changed.
        changed = _changed(cfg._cfg_dict, key.lstrip('+').split('.'), value, _Option(key, value, cfg))
        cfg._cfg_dict.update(changed)


class _Option:
    """One option, for messages."""

    def __init__(self, key: str, value: Any, cfg: Config) -> None:
        self.key = key
        self.value = value
        self.creates = key.startswith('+')
        self.file = cfg.filename or 'the config'

    def fail(self, what: str, expected: str, mend: str) -> None:
        raise InputError(f'--cfg-options {self.key}={self.value}: {what}', expected, mend)


def _changed(node: Any, path: Sequence[str], value: Any, option: _Option, done: str = '') -> Any:
    """A copy of ``node`` with the value at ``path``; ``done`` is the path so far."""
    if not path:
        _check_type(node, value, option)
        return value
    step, rest = path[0], path[1:]
    here = f'{done} in {option.file}' if done else option.file
    deeper = f'{done}.{step}' if done else step
    if isinstance(node, Mapping):
        if step in node:
            below = _changed(node[step], rest, value, option, deeper)
        elif option.creates:
            below = value if not rest else _changed(ConfigDict(), rest, value, option, deeper)
        else:
            mend = remedy(step, map(str, node), '').removesuffix('.')
            add = f'to add the key, write +{option.key}={option.value}'
            option.fail(
                f'{here} has no key {step!r}',
                f'one of {", ".join(map(str, node))}'
                if node
                else 'a key that is there, and this dict has none',
                f'{mend}? If not, {add}' if mend else add.replace('to', 'To', 1),
            )
        return type(node)({**node, step: below})
    if isinstance(node, (list, tuple)):
        if not step.isdecimal() or int(step) >= len(node):
            option.fail(
                f'{step!r} is no position in {here}, which is a list of {len(node)}',
                f'0 to {len(node) - 1}',
                'Change it',
            )
        below = _changed(node[int(step)], rest, value, option, deeper)
        return type(node)([*node[: int(step)], below, *node[int(step) + 1 :]])
    option.fail(
        f'{here} is {node!r}, which holds no {step!r}',
        'a dict or a list',
        f'Remove .{".".join(path)} from the path',
    )


def _check_type(present: Any, value: Any, option: _Option) -> None:
    if present is None or value is None or _kind(present) in (_kind(value), None):
        return
    mend = f'Write e.g. {option.key}=[{value}]' if _kind(present) == 'a list' else f'Give {_kind(present)}'
    option.fail(f'{value!r} is {_kind(value)}, but the config has {present!r}', f'{_kind(present)}', mend)


def _kind(value: Any) -> str | None:
    """What a value is, in words; None for what a command line cannot give (a class, say)."""
    if isinstance(value, bool):
        return 'True or False'
    if isinstance(value, (int, float)):
        return 'a number'
    if isinstance(value, str):
        return 'a string'
    if isinstance(value, (list, tuple)):
        return 'a list'
    return 'a dict' if isinstance(value, Mapping) else None
