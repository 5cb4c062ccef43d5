"""Which number format training computes in, and how it is chosen."""

import contextlib
import copy
import platform
import time
from logging import Logger
from typing import Any, Dict, Iterator, Optional, Sequence, Tuple

import torch
from mmengine.config import Config
from mmengine.optim import OptimWrapper
from torch import Tensor, nn

from mmcl.models.norm import without_sync
from mmcl.registry import OPTIM_WRAPPERS
from mmcl.utils.errors import InputError
from mmcl.utils.rank_0 import from_rank_0
from mmcl.utils.view_side import view_side

from .rng import preserved_rng

_DTYPES = dict(fp32=torch.float32, bf16=torch.bfloat16, fp16=torch.float16)
_GAIN = 1.1  # below this, a faster format is not worth its digits


@OPTIM_WRAPPERS.register_module()
class AutocastOptimWrapper(OptimWrapper):
    """Mixed precision on CPUs and GPUs; MMEngine's ``AmpOptimWrapper`` refuses CPUs.

    Args:
        dtype (str): 'bf16', 'fp16', or 'fp32', which is plain training. fp16 on a GPU scales the loss.
        **kwargs: Of ``OptimWrapper``: ``optimizer``, ``accumulative_counts``, ``clip_grad``.

    Raises:
        InputError: Another ``dtype``.
    """

    def __init__(self, dtype: str = 'bf16', **kwargs) -> None:
        super().__init__(**kwargs)
        if dtype not in _DTYPES:
            raise InputError(
                f'optim_wrapper.dtype={dtype!r}', f'one of {", ".join(_DTYPES)}', 'Set --precision'
            )
        self.dtype = dtype
        self.device = self.optimizer.param_groups[0]['params'][0].device.type
        self.scaler = torch.amp.GradScaler('cuda', enabled=dtype == 'fp16' and self.device == 'cuda')

    @contextlib.contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Compute in ``dtype``; without communication until the gradient is complete."""
        with (
            super().optim_context(model),
            torch.autocast(self.device, _DTYPES[self.dtype], enabled=self.dtype != 'fp32'),
        ):
            yield

    def backward(self, loss: Tensor, **kwargs) -> None:
        """Add the gradient of one batch."""
        super().backward(self.scaler.scale(loss), **kwargs)

    def step(self, **kwargs) -> None:
        """Update the parameters; a step whose scaled gradient overflowed is left out."""
        if self.clip_grad_kwargs:
            self.scaler.unscale_(self.optimizer)
            self._clip_grad()
        self.scaler.step(self.optimizer, **kwargs)
        self.scaler.update()

    def state_dict(self) -> dict:
        """The optimizer's state and the scale of the loss."""
        return dict(super().state_dict(), loss_scaler=self.scaler.state_dict())

    def load_state_dict(self, state_dict: dict) -> None:
        """Put back what :meth:`state_dict` gave, or the state of a plain wrapper."""
        state_dict = dict(state_dict)
        self.scaler.load_state_dict(state_dict.pop('loss_scaler', {}) or self.scaler.state_dict())
        super().load_state_dict(state_dict)


def resolve_precision(cfg: Config, flag: str) -> None:
    """Note in a config what ``--precision`` or ``--amp`` asks for; the runner decides once the model and the processes are there.

    Args:
        cfg (Config): ``precision`` is set.
        flag (str): 'auto' (bf16 where a probe finds it faster), 'amp' (bf16 where the device has it, else fp16), 'fp32', 'bf16' or 'fp16'.

    Raises:
        InputError: Another flag.
    """
    if flag not in ('auto', 'amp', *_DTYPES):
        raise InputError(f'precision={flag!r}', f'one of auto, amp, {", ".join(_DTYPES)}', 'Set --precision')
    cfg.precision = flag


def decide_precision(model: nn.Module, cfg: Config, kept: Optional[str], logger: Logger) -> str:
    """Choose the format of a run, the same on every process.

    Args:
        model (nn.Module): The learner on its device, not yet wrapped.
        cfg (Config): Its ``precision``; absent means 'fp32', or what ``optim_wrapper.dtype`` says.
        kept (str, optional): The format of the checkpoint that the run resumes.
        logger (Logger): Is told which format, and why.

    Returns:
        str: 'fp32', 'bf16' or 'fp16'.

    Raises:
        InputError: A checkpoint is resumed in another format than it was trained in.
    """
    flag = cfg.get('precision', (cfg.get('optim_wrapper') or {}).get('dtype', 'fp32'))
    resolve_precision(cfg, flag)
    if kept is not None:
        if flag in _DTYPES and flag != kept:
            raise InputError(
                f'The checkpoint was trained in {kept}, --precision says {flag}',
                'the same precision, so that the run can go on exactly',
                f'Set --precision {kept}, or leave it out',
            )
        return kept
    device = next(model.parameters()).device.type
    if flag == 'amp':
        flag = 'fp16' if device == 'cuda' and not torch.cuda.is_bf16_supported() else 'bf16'
        logger.info(f'Precision: {flag}, because of --amp.')
    elif flag == 'auto':
        times = probe_precision(model, _probe_shape(cfg, device), device)
        flag = from_rank_0('bf16' if times['fp32'] > _GAIN * times['bf16'] else 'fp32')
        logger.info(
            f'Precision: {flag}. The backbone takes {times["fp32"] * 1e3:.1f} ms an image in fp32 and {times["bf16"] * 1e3:.1f} in bf16;'
            ' --precision fixes it.'
        )
    if flag == 'bf16' and device == 'cpu' and emulates_bf16():
        logger.warning(
            'This CPU has no bf16 arithmetic and emulates it, maybe ten times slower than --precision fp32.'
        )
    return flag


def emulates_bf16() -> bool:
    """Whether this CPU is an x86 without AVX-512, where PyTorch computes bf16 in software."""
    slow = torch.backends.cpu.get_cpu_capability() in ('DEFAULT', 'NO AVX', 'AVX2')
    return slow and platform.machine().lower() in ('x86_64', 'amd64')


def adopt_precision(optim_wrapper: Any, precision: str) -> Any:
    """A config of an optimizer wrapper that trains in ``precision``; anything but a config stays as it is."""
    if not isinstance(optim_wrapper, dict) or optim_wrapper.get('type', 'OptimWrapper') not in (
        'OptimWrapper',
        'AutocastOptimWrapper',
    ):
        return optim_wrapper
    if precision == 'fp32' and 'dtype' not in optim_wrapper:
        return optim_wrapper
    return {**optim_wrapper, 'type': 'AutocastOptimWrapper', 'dtype': precision}


def probe_precision(model: nn.Module, sample_shape: Sequence[int], device: str) -> Dict[str, float]:
    """Time forward and backward of a model's backbone.

    Args:
        model (nn.Module): Has ``backbone``; it is copied, not changed. Random states are left as they were.
        sample_shape (Sequence[int]): Of the batch, (N, 3, H, W).
        device (str): 'cpu' or 'cuda'.

    Returns:
        dict[str, float]: Seconds an image in 'fp32' and 'bf16', the best of a few runs, channels-last.
    """
    with preserved_rng():
        backbone = without_sync(copy.deepcopy(model.backbone))
        backbone.train()
        images = torch.randn(*sample_shape, device=device).to(memory_format=torch.channels_last)
        times = {}
        for name in ('fp32', 'bf16'):
            runs = []
            # a large network answers after two runs; a small one needs more for the noise to settle
            while len(runs) < 2 or (len(runs) < 6 and sum(runs) < 1):
                start = time.perf_counter()
                with torch.autocast(device, _DTYPES[name], enabled=name != 'fp32'):
                    outputs = backbone(images)
                outputs = outputs if isinstance(outputs, (tuple, list)) else [outputs]
                sum(output.float().sum() for output in outputs).backward()
                if device == 'cuda':
                    torch.cuda.synchronize()
                runs.append(time.perf_counter() - start)
            times[name] = min(runs) / len(images)
    return times


def _probe_shape(cfg: Config, device: str) -> Tuple[int, int, int, int]:
    """A batch that answers soon and yet loads the device as training does: the pixels of 2 images of 224 on a CPU, of 32 on a GPU."""
    side = view_side(cfg)
    images = (32 if device == 'cuda' else 2) * 224**2 // side**2
    batch = (cfg.get('train_dataloader') or {}).get('batch_size', images)
    return max(2, min(images, batch)), 3, side, side
