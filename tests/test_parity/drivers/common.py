"""What the drivers of torch references share: one process that thinks it is many, and the record."""

import platform
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Callable, Dict, Iterator, Optional, Sequence, Tuple

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn

from .. import comparing, problem
from ..trunk import Trunk, digests, fill
from .source import checkout


def stand_in() -> None:
    """Float64, one gloo process in place of many on NCCL, and CUDA calls that stay on the CPU."""
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    dist.init_process_group('gloo', store=dist.HashStore(), rank=0, world_size=1)
    Tensor.cuda = lambda self, *args, **kwargs: self
    nn.Module.cuda = lambda self, *args, **kwargs: self


class Network(nn.Module):
    """The trunk with a linear layer ``fc``, which is all that references know of a ResNet."""

    def __init__(self, num_classes: int, **unused) -> None:
        super().__init__()
        self.trunk = Trunk()
        self.fc = nn.Linear(problem.WIDTH, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        return self.fc(self.trunk(images).mean(dim=(2, 3)))


def renamed(state: Dict[str, Tensor], rules: Sequence[Tuple[str, Optional[str]]]) -> Dict[str, Tensor]:
    """Tensors by their common names; a rule is (how a name starts, what stands there instead or None to leave it out)."""
    out = {}
    for name, tensor in state.items():
        old, new = next(rule for rule in rules if name.startswith(rule[0]))
        if new is not None:
            out[new + name[len(old) :]] = tensor
    return out


class Record:
    """Collects losses and states of a run.

    Args:
        name (str): Key of ``problem.SETTINGS``.
        source (dict): Repository and commit.
        state (callable): The tensors to record, by their common names.
    """

    def __init__(self, name: str, source: dict, state: Callable[[], Dict[str, Tensor]]) -> None:
        self.name, self.source, self.state = name, source, state
        self.losses, self.states, self.step = [], {}, 0

    def watch(self, module: ModuleType) -> None:
        """Note every loss that the loop in a reference's module averages."""
        own, losses = module.AverageMeter, self.losses

        class Meter(own):
            def __init__(self, *args: str) -> None:
                self.kind = args[0] if args else None
                super().__init__(*args)

            def update(self, value: float, *num: int) -> None:
                super().update(value, *num)
                if self.kind == 'Loss' or (
                    self.kind is None and num
                ):  # SwAV's meters have no names, and only this one a number
                    losses.append(float(value))

        module.AverageMeter = Meter

    def stepped(self) -> None:
        """Call after each optimizer step."""
        self.step += 1
        if self.step in problem.RECORDED:
            self.states[str(self.step)] = digests(self.state())

    def batches(self, epoch: int, make: Callable) -> 'Batches':
        """An epoch's loader for the reference's own loop, which is done with a batch when it asks for the next."""
        return Batches(self, epoch, make)

    def save(self, **notes: str) -> None:
        """Write the record."""
        assert self.step == len(self.losses) == problem.STEPS
        versions = dict(python=platform.python_version(), torch=torch.__version__, numpy=np.__version__)
        facts = dict(self.source, seed=problem.SEED, versions=versions, dtype='float64', **notes)
        settings = problem.SETTINGS[self.name]
        comparing.write(self.name, dict(**facts, settings=settings, losses=self.losses, states=self.states))
        print(f'{self.name}: losses {self.losses[0]:.6f} ... {self.losses[-1]:.6f}')


class Batches:
    """One epoch of the problem."""

    def __init__(self, record: Record, epoch: int, make: Callable) -> None:
        self.record, self.epoch, self.make = record, epoch, make

    def __len__(self) -> int:
        return problem.STEPS // problem.SETTINGS[self.record.name]['epochs']

    def __iter__(self) -> Iterator:
        for i in range(len(self)):
            yield self.make(self.epoch * len(self) + i)
            self.record.stepped()


def stub(*names: str) -> None:
    """Empty modules in the place of packages that the reference imports and this run does not use; any name in them is None."""
    for name in names:
        module = ModuleType(name)
        module.__path__, module.__getattr__ = [], lambda attribute: None
        module.__spec__ = ModuleSpec(name, None)
        sys.modules[name] = module


def images(step: int, **kwargs) -> list:
    """The views of a step as tensors."""
    return [torch.from_numpy(view) for view in problem.views(step, **kwargs)]


__all__ = ['Network', 'Record', 'checkout', 'fill', 'images', 'renamed', 'stand_in', 'stub']
