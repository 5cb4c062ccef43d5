"""What a class can be built with: its own arguments, and those that it hands on to its bases."""

import ast
import functools
import inspect
import textwrap
import types
import typing
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class Arguments(NamedTuple):
    """Arguments by name.

    Args:
        known (dict[str, inspect.Parameter]): Everything that may be given by name, in order.
        anything (bool): More is taken, and nobody can say what (``**kwargs`` that go to a library, say).
    """

    known: dict[str, inspect.Parameter]
    anything: bool = False

    @property
    def required(self) -> list[str]:
        """Names without a default."""
        return [name for name, parameter in self.known.items() if parameter.default is parameter.empty]


@functools.cache
def arguments_of(target: Callable) -> Arguments:
    """Find what a class or a function takes.

    ``**kwargs`` is followed through ``super().__init__(**kwargs)``, minus what such a call fills in itself.
    """
    if inspect.isclass(target):
        return _of_class(target, target.__mro__)
    return _of_function(target)


def _of_class(cls: type, mro: Sequence[type]) -> Arguments:
    """The arguments of the first ``__init__`` in ``mro``."""
    at = next(i for i, base in enumerate(mro) if '__init__' in vars(base))
    base, rest = mro[at], mro[at + 1 :]
    # object takes nothing, and torch.nn.Module's *args, **kwargs only exist to be refused.
    if not rest or f'{base.__module__}.{base.__name__}' == 'torch.nn.modules.module.Module':
        return Arguments({})

    def follow(call: ast.Call) -> Arguments | None:
        owner = call.func.value
        if isinstance(owner, ast.Name):  # Base.__init__(self, ...)
            named = [i for i, other in enumerate(mro) if other.__name__ == owner.id]
            return _handed_on(call, _of_class(cls, mro[named[0] :]), skip_self=True) if named else None
        return _handed_on(call, _of_class(cls, rest), skip_self=False)

    return _of_function(vars(base)['__init__'], follow)


def _of_function(
    function: Callable, follow: Callable[[ast.Call], Arguments | None] | None = None
) -> Arguments:
    """The arguments of a function, or of an ``__init__`` where ``follow`` says what a call of another ``__init__`` takes."""
    try:
        signature = _signature(function)
    except (ValueError, TypeError):  # built in
        return Arguments({}, anything=True)
    parameters = list(signature.parameters.values())[1 if follow else 0 :]
    known = {parameter.name: parameter for parameter in parameters if parameter.kind in _NAMED}
    rest = [parameter.name for parameter in parameters if parameter.kind is parameter.VAR_KEYWORD]
    if not rest:
        return Arguments(known)
    if follow is None:
        return Arguments(known, anything=True)
    more = _of_kwargs(function, rest[0], follow)
    return Arguments(
        known | {key: value for key, value in more.known.items() if key not in known}, more.anything
    )


def _signature(function: Callable) -> inspect.Signature:
    """The signature with annotations evaluated one by one: some exist for type checkers only."""
    signature = inspect.signature(function)
    names = getattr(inspect.unwrap(function), '__globals__', {})
    parameters = []
    for parameter in signature.parameters.values():
        if isinstance(parameter.annotation, str):
            try:
                parameter = parameter.replace(annotation=eval(parameter.annotation, names))
            except Exception:  # a name that is not imported, or syntax of a later Python
                parameter = parameter.replace(annotation=parameter.empty)
        parameters.append(parameter)
    return signature.replace(parameters=parameters)


def _of_kwargs(function: Callable, name: str, follow: Callable[[ast.Call], Arguments | None]) -> Arguments:
    """Read in the source where ``**name`` goes."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return Arguments({}, anything=True)
    known: dict[str, inspect.Parameter] = {}
    understood = 0
    for node in ast.walk(tree):
        key = _key_read(node, name)
        if key is not None:
            understood += 1
            known.setdefault(key, inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=None))
        elif _hands_on(node, name):
            taken = follow(node)
            if taken is None or taken.anything:
                return Arguments(known, anything=True)
            understood += 1
            known |= {key: value for key, value in taken.known.items() if key not in known}
    uses = sum(isinstance(node, ast.Name) and node.id == name for node in ast.walk(tree))
    return Arguments(known, anything=uses > understood)


def _key_read(node: ast.AST, name: str) -> str | None:
    """The key in ``name.pop('key')``, ``name['key']`` or ``'key' in name``."""
    key = owner = None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        if node.func.attr in ('pop', 'get', 'setdefault'):
            owner, key = node.func.value, node.args[0]
    elif isinstance(node, ast.Subscript):
        owner, key = node.value, node.slice
    elif isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.In, ast.NotIn)):
        owner, key = node.comparators[0], node.left
    if (
        isinstance(owner, ast.Name)
        and owner.id == name
        and isinstance(key, ast.Constant)
        and isinstance(key.value, str)
    ):
        return key.value
    return None


def _hands_on(node: ast.AST, name: str) -> bool:
    """Whether a node is ``super().__init__(..., **name)`` or ``Base.__init__(self, ..., **name)``."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == '__init__'
        and (isinstance(node.func.value, ast.Name) or ast.unparse(node.func.value).startswith('super('))
        and any(_is_double_star(keyword, name) for keyword in node.keywords)
    )


def _is_double_star(keyword: ast.keyword, name: str) -> bool:
    return keyword.arg is None and isinstance(keyword.value, ast.Name) and keyword.value.id == name


def _handed_on(call: ast.Call, taken: Arguments, skip_self: bool) -> Arguments:
    """What is left of a base's arguments once the call has filled in its own."""
    filled = sum(not isinstance(argument, ast.Starred) for argument in call.args) - skip_self
    named = {keyword.arg for keyword in call.keywords}
    left = {
        key: value for i, (key, value) in enumerate(taken.known.items()) if i >= filled and key not in named
    }
    return Arguments(left, taken.anything)


_TOLD = {
    int: 'a whole number',
    float: 'a number',
    bool: 'True or False',
    str: 'a string',
    list: 'a list',
    tuple: 'a list',
}


def expected_type(parameter: inspect.Parameter, value: Any, trusted: bool) -> str | None:
    """Say what an argument wants where ``value`` is certainly of another type, else None.

    Only annotations made of int, float, bool, str, list and tuple are judged. A list stands for a tuple, a whole number for a
    float, and 4.0 for 4. None is never judged: many annotations forget it.

    Args:
        parameter (inspect.Parameter): The argument.
        value: What is given.
        trusted (bool): The annotation is exact. False: all that counts is whether a string can be meant.
    """
    if not isinstance(value, (int, float, str, list, tuple, dict) if trusted else str):
        return None
    wanted = _members(parameter.annotation)
    if not wanted or not all(member in _TOLD for member in wanted):
        return None
    if any(_fits(value, member) for member in wanted):
        return None
    default = parameter.default
    if default not in (None, parameter.empty) and not any(_fits(default, member) for member in wanted):
        return None  # an annotation that its own default breaks
    return ' or '.join(dict.fromkeys(_TOLD[member] for member in wanted))


def _members(annotation: Any) -> list:
    """The plain types of an annotation; what stands beside them comes as it is."""
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        return [member for part in typing.get_args(annotation) for member in _members(part)]
    if annotation is Sequence or origin in (list, tuple, Sequence):
        return [list]
    # torch's optimizers say Union[float, Tensor]; a config holds no tensors.
    named = f'{getattr(annotation, "__module__", "")}.{getattr(annotation, "__name__", "")}'
    return [] if annotation is type(None) or named == 'torch.Tensor' else [annotation]


def _fits(value: Any, wanted: type) -> bool:
    if isinstance(
        value, (list, tuple)
    ):  # a scalar's annotation often leaves out that a list of them is taken
        return wanted in (list, tuple) or all(_fits(item, wanted) for item in value)
    if isinstance(value, bool):
        return wanted is bool
    if wanted is bool:
        return value in (0, 1)
    if wanted is int:
        return isinstance(value, (int, float)) and value == int(value)
    return isinstance(value, (int, float) if wanted is float else wanted)
