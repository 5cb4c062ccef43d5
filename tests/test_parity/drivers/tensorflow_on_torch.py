"""The few functions of TensorFlow 1 that SimCLR's loss, LARS and schedule call, on torch, so that autograd and float64 reach through them.

Differs from TensorFlow in precision alone: what it fixes to float32 (the slots of LARS, the step number) is float64 here.
"""

import math
import sys
from types import ModuleType, SimpleNamespace

import torch
import torch.nn.functional as F


class Variable:
    """A parameter or an optimizer's slot."""

    def __init__(self, name: str, tensor: torch.Tensor) -> None:
        self.op, self.tensor = SimpleNamespace(name=name), tensor
        self.shape = SimpleNamespace(as_list=lambda: list(tensor.shape))

    def __rmul__(self, factor):
        return factor * self.tensor

    def __sub__(self, other):
        return self.tensor - other

    def assign(self, value) -> None:
        self.tensor.copy_(value)


class Optimizer:
    """TensorFlow's base class, of which LARS uses nothing."""

    def __init__(self, use_locking: bool, name: str) -> None:
        pass


STATE = SimpleNamespace(step=0, slots={})


def _plain(value):
    return value.tensor if isinstance(value, Variable) else value


def _get_variable(name, shape, dtype, trainable, initializer):
    return STATE.slots.setdefault(name, Variable(name, torch.zeros(shape)))


def _where(condition, a, b):
    if isinstance(condition, bool):
        return a if condition else b
    return torch.where(condition, a, b)


def _softmax_cross_entropy(labels, logits, weights):
    return (weights * F.cross_entropy(logits, labels, reduction='none')).mean()


def _cosine_decay(rate, step, steps):
    return rate * 0.5 * (1 + math.cos(math.pi * min(step, steps) / steps))


def install() -> None:
    """Be ``tensorflow.compat.v1`` for the imports to come."""
    tf = ModuleType('tensorflow.compat.v1')
    vars(tf).update(
        math=SimpleNamespace(
            l2_normalize=lambda x, axis: x * (x * x).sum(axis, keepdim=True).clamp(min=1e-12).rsqrt()
        ),
        split=lambda x, num, axis: torch.chunk(x, num, axis),
        shape=lambda x: list(x.shape),
        range=torch.arange,
        one_hot=lambda index, depth: F.one_hot(index, depth).double(),
        matmul=lambda a, b, transpose_b: a @ b.T,
        concat=torch.cat,
        losses=SimpleNamespace(softmax_cross_entropy=_softmax_cross_entropy),
        train=SimpleNamespace(
            Optimizer=Optimizer,
            get_or_create_global_step=lambda: STATE.step,
            cosine_decay=_cosine_decay,
        ),
        to_float=float,
        float32=None,
        get_variable=_get_variable,
        zeros_initializer=lambda: None,
        norm=lambda x, ord: torch.linalg.vector_norm(_plain(x), ord),  # noqa: A006
        where=_where,
        greater=lambda a, b: a > b,
        multiply=lambda a, b: _plain(a) * _plain(b),
        group=lambda *operations, name: None,
    )
    for name in ('tensorflow', 'tensorflow.compat', 'tensorflow.compat.v2', 'tensorflow.compiler'):
        sys.modules[name] = ModuleType(name)
    sys.modules['tensorflow.compat.v1'] = sys.modules['tensorflow.compat'].v1 = tf
    sys.modules['tensorflow.compat'].v2 = sys.modules['tensorflow.compat.v2']
    for name in ('tensorflow.compiler.tf2xla', 'tensorflow.compiler.tf2xla.python'):
        sys.modules[name] = ModuleType(name)
    sys.modules['tensorflow.compiler.tf2xla.python'].xla = None
