"""The runner: MMEngine's, made exact on resume, at home on CPUs, and strict about what it loads."""

import os
import os.path as osp
import re
import time
from collections import OrderedDict
from typing import Callable, Dict, List, Optional, Tuple, Union

import mmengine
import torch
from mmengine.dist import all_gather_object, is_distributed
from mmengine.model import is_model_wrapper
from mmengine.model.utils import convert_sync_batchnorm
from mmengine.optim import OptimWrapper
from mmengine.runner import Runner
from mmengine.runner.base_loop import BaseLoop
from mmengine.runner.checkpoint import weights_to_cpu
from mmpretrain.utils import get_ori_model
from torch import nn

from mmcl.models.norm import convert_sync_batchnorm_for_cpu
from mmcl.registry import MODEL_WRAPPERS, RUNNERS
from mmcl.utils.errors import InputError
from mmcl.utils.launcher import init_distributed
from mmcl.utils.rank_0 import on_every_process
from mmcl.version import __version__

from .activation_checkpointing import checkpoint_activations
from .checkpoint import atomic_save, hub_state, newest_readable, plain, read_checkpoint, restore_hub
from .compiling import compile_networks
from .log import flush_hooks, quiet
from .matching import load_matching, load_strictly
from .notes import batch_notes
from .optimizers import adapted_optimizer, keep_layouts_equal, merge_groups
from .precision import adopt_precision, decide_precision
from .rng import capture_rng
from .same_run import check_same_run, layout_of, own_buffers
from .time_split import StepClock


@RUNNERS.register_module()
class ContrastiveRunner(Runner):
    """Trains a learner; arguments are MMEngine's ``Runner``'s.

    What it adds: ``resume`` continues bit for bit and refuses what would not (:meth:`resume`); checkpoints hold every
    process's state and are written atomically (:meth:`save_checkpoint`); several processes work without a GPU;
    parts whose size depends on the data get it (``size_to_dataset``) before training; the config's ``precision``
    ('auto', 'amp', 'fp32', 'bf16', 'fp16'; absent: 'fp32') is decided before training and kept on resume.
    """

    _found = None  # path and content of the checkpoint to resume from
    _precision = 'fp32'
    _checkpointed = None  # parts of the model that run again in backward
    clock = None  # of the training iterations, a StepClock

    # -- environment

    def setup_env(self, env_cfg: Dict) -> None:
        """Join the other processes, on GPUs or CPUs, then do as MMEngine does."""
        if self.distributed and not is_distributed():
            settings = env_cfg.get('dist_cfg', {})
            init_distributed(self._launcher, settings.get('backend'), settings.get('timeout'))
        super().setup_env(env_cfg)

    def build_logger(self, *args, **kwargs):
        """Build the logger without MMEngine's start-up tables; they are there at ``log_level='DEBUG'``."""
        return quiet(super().build_logger(*args, **kwargs))

    def _log_env(self, env_cfg: dict) -> None:
        on_gpu = torch.cuda.is_available()
        device = torch.cuda.get_device_name() if on_gpu else f'CPU with {torch.get_num_threads()} thread(s)'
        self.logger.info(
            f'mmcl {__version__}, torch {torch.__version__}, {self.world_size} process(es), {device}, '
            f'seed {self.seed}; log in {self.log_dir}'
        )
        self._cfg_text = self.cfg.pretty_text  # formatting it takes longer than a checkpoint
        self.logger.debug(f'Config:\n{self._cfg_text}')

    def call_hook(self, fn_name: str, **kwargs) -> None:
        """Call the hooks of a stage, and tell the clock."""
        if fn_name == 'before_train':
            self.clock = StepClock(self.model, self.optim_wrapper, self.log_processor.window_size)
        if self.clock is not None:
            self.clock.before(fn_name)
        super().call_hook(fn_name, **kwargs)
        if self.clock is not None:
            self.clock.after(fn_name)

    # -- model

    def wrap_model(self, model_wrapper_cfg: Optional[Dict], model: nn.Module) -> nn.Module:
        """Decide the precision, then wrap for several processes; without a GPU, SyncBN becomes an all-reduce of autograd's."""
        if is_model_wrapper(model):
            return super().wrap_model(model_wrapper_cfg, model)
        self._found = self._find_resumed()
        on_gpu = torch.cuda.is_available()
        # inputs come in channels-last format, so weights in another would be reordered at every step
        model = model.to('cuda' if on_gpu else 'cpu', memory_format=torch.channels_last)
        if self.distributed and self.cfg.get('sync_bn') is not None:
            model = convert_sync_batchnorm(model, self.cfg.sync_bn)
        if not on_gpu or not self.distributed:
            model = convert_sync_batchnorm_for_cpu(model)
        if self._train_loop is not None:
            kept = self._found[1].get('meta', {}).get('precision') if self._found else None
            self._precision = decide_precision(model, self.cfg, kept, self.logger)
            self.optim_wrapper = adopt_precision(self.optim_wrapper, self._precision)
            self.cfg.optim_wrapper = adopt_precision(self.cfg.get('optim_wrapper'), self._precision)
        if not self.distributed:
            return model
        settings = dict(
            type='MMDistributedDataParallel',
            device_ids=[int(os.environ['LOCAL_RANK'])] if on_gpu else None,
            # a queue is kept equal by gathering, and what differs between processes would be destroyed
            broadcast_buffers=False,
            gradient_as_bucket_view=True,
            find_unused_parameters=self.cfg.get('find_unused_parameters', False),
        )
        return MODEL_WRAPPERS.build({**settings, **(model_wrapper_cfg or {}), 'module': model})

    def build_train_loop(self, loop: Union[BaseLoop, Dict]) -> BaseLoop:
        """Build the loop, then tell every part of the model that asks for it how many training images there are."""
        loop = super().build_train_loop(loop)
        for module in get_ori_model(self.model).modules():
            if hasattr(module, 'size_to_dataset'):
                module.size_to_dataset(len(loop.dataloader.dataset))
        accumulation = getattr(loop, 'accumulation', 1)
        learner = get_ori_model(self.model)
        for note in batch_notes(learner, loop.dataloader.batch_size, self.world_size, accumulation):
            self.logger.info(note)
        return loop

    def train(self) -> nn.Module:
        """Train to the end; ``cfg.activation_checkpointing`` names parts of the model to run again instead of keeping activations."""
        # MMEngine's way of doing it is not exact, so it does not get to see the key
        self._checkpointed = self.cfg.pop('activation_checkpointing', None)
        if self._checkpointed:
            checkpoint_activations(get_ori_model(self.model), self._checkpointed)
            self.logger.info(f'Activations are computed again in: {self._checkpointed}.')
        return super().train()

    def _maybe_compile(self, target: str) -> None:
        """Compile the networks where ``cfg.compile`` says so: True, or arguments of ``torch.compile``."""
        settings = self.cfg.get('compile')
        if settings:
            compile_networks(get_ori_model(self.model), settings)
            self.logger.info('The networks are compiled in the first iterations, which are slow.')

    # -- saving

    def save_checkpoint(
        self,
        out_dir: str,
        filename: str,
        file_client_args: Optional[dict] = None,
        save_optimizer: bool = True,
        save_param_scheduler: bool = True,
        meta: Optional[dict] = None,
        by_epoch: bool = True,
        backend_args: Optional[dict] = None,
    ) -> None:
        """Write a checkpoint atomically; every process must call this.

        Args:
            out_dir (str): Folder.
            filename (str): Name in it.
            file_client_args (dict, optional): Unused, for MMEngine's signature.
            save_optimizer (bool): Keep the optimizer's state, without which nothing can resume exactly.
            save_param_scheduler (bool): Likewise for the schedules.
            meta (dict, optional): More to note. ``epoch`` (done) and ``iter`` (done) may be given; by default they are those of the end of
                an epoch (``by_epoch``) or of an iteration.
            by_epoch (bool): Called from ``after_train_epoch``, else from ``after_train_iter``.
            backend_args (dict, optional): Unused, for MMEngine's signature.

        Raises:
            InputError: On every process, if the file cannot be written; earlier files are unharmed.
        """
        flush_hooks(self)
        meta = dict(meta or {})
        meta.setdefault('epoch', self.epoch + by_epoch)
        meta.setdefault('iter', self.iter + (not by_epoch))
        meta.update(self._facts())
        own = own_buffers(get_ori_model(self.model))
        ranks = all_gather_object(dict(rng=plain(capture_rng()), buffers=plain(own)))
        # on every process, since a ZeroRedundancyOptimizer collects its parts
        optimizer = self.optim_wrapper.state_dict() if save_optimizer else None

        def write() -> None:
            checkpoint = dict(meta=plain(meta), ranks=ranks, message_hub=hub_state(self.message_hub))
            checkpoint['state_dict'] = weights_to_cpu(get_ori_model(self.model).state_dict())
            if save_optimizer:
                checkpoint['optimizer'] = plain(optimizer)
            if save_param_scheduler and self.param_schedulers is not None:
                checkpoint['param_schedulers'] = [
                    plain(scheduler.state_dict()) for scheduler in self.param_schedulers
                ]
            self.call_hook('before_save_checkpoint', checkpoint=checkpoint)
            atomic_save(checkpoint, osp.join(out_dir, filename))

        on_every_process(write)

    def _facts(self) -> dict:
        """What a checkpoint says about the run."""
        facts = dict(
            cfg=self._cfg_text,
            seed=self.seed,
            experiment_name=self.experiment_name,
            time=time.strftime('%Y%m%d_%H%M%S'),
            mmengine_version=mmengine.__version__,
            mmcl_version=__version__,
            torch_version=str(torch.__version__),
            model=type(get_ori_model(self.model)).__name__,
            precision=self._precision,
            max_epochs=self.max_epochs,
            **layout_of(self),
        )
        metainfo = getattr(self.train_dataloader.dataset, 'metainfo', None)
        return facts if metainfo is None else dict(facts, dataset_meta=metainfo)

    # -- loading

    def _init_model_weights(self) -> None:
        """Initialise, but for what a resumed checkpoint is about to overwrite as a whole; files to start from may be gone by then."""
        if self._found is None:
            super()._init_model_weights()

    def _find_resumed(self) -> Optional[Tuple[str, dict]]:
        """Path and content of the checkpoint to resume from, if there is one; rank 0 chooses for all."""
        if not self._resume:
            return None
        if self._load_from is not None:
            return self._load_from, read_checkpoint(self._load_from)
        path = on_every_process(newest_readable, self.work_dir)
        if path is None:
            self.logger.info(
                f'There is no checkpoint in {self.work_dir} to resume from; starting from the beginning.'
            )
            return None
        return path, read_checkpoint(path)

    def dump_config(self) -> None:
        """Wait for :meth:`load_or_resume`: a run that cannot start leaves the work dir's config as it is."""

    def load_or_resume(self) -> None:
        """Resume, or load weights, or neither; once. Training that got this far writes its config into the work dir."""
        if self._has_loaded:
            return
        if self._found is not None:
            self.resume(self._found[0])
        elif self._load_from is not None and not self._resume:
            self.load_checkpoint(self._load_from)
        if self._checkpointed:
            self.cfg.activation_checkpointing = self._checkpointed
        if isinstance(self._train_loop, BaseLoop):
            super().dump_config()

    def resume(
        self,
        filename: str,
        resume_optimizer: bool = True,
        resume_param_scheduler: bool = True,
        map_location: Union[str, Callable] = 'cpu',
    ) -> None:
        """Go on exactly where a checkpoint was saved.

        Args:
            filename (str): Checkpoint.
            resume_optimizer (bool): Take the optimizer's state.
            resume_param_scheduler (bool): Take the schedules' state.
            map_location (str | callable): See ``torch.load``.

        Raises:
            InputError: The checkpoint is of another model, number of processes, batch or dataset, or not one to resume from.
        """
        checkpoint = (
            self._found[1]
            if self._found and self._found[0] == filename
            else read_checkpoint(filename, map_location=map_location)
        )
        self._found = None
        meta = check_same_run(filename, checkpoint, self)
        self.call_hook('after_load_checkpoint', checkpoint=checkpoint)
        mine = checkpoint['ranks'][self.rank]
        state_dict = OrderedDict(checkpoint['state_dict'], **mine['buffers'])
        load_strictly(get_ori_model(self.model), state_dict, filename)
        if meta['seed'] != self.seed:
            self.logger.warning(
                f'The seed stays {meta["seed"]}, as in the checkpoint; the config says {self.seed}.'
            )
            self._randomness_cfg.update(seed=meta['seed'])
            self.set_randomness(**self._randomness_cfg)
            self.train_loop.sampler.seed = self.seed
        if meta['max_epochs'] != self.max_epochs:
            self.logger.warning(
                f"This run is of {self.max_epochs} epochs, the checkpoint's of {meta['max_epochs']}; "
                "learning rates follow the checkpoint's schedule."
            )
        restore_hub(self.message_hub, checkpoint['message_hub'])
        if resume_optimizer:
            self.optim_wrapper = self.build_optim_wrapper(self.optim_wrapper)
            self.optim_wrapper.load_state_dict(checkpoint['optimizer'])
        if resume_param_scheduler and self.param_schedulers is not None:
            self.param_schedulers = self.build_param_scheduler(self.param_schedulers)
            for scheduler, state in zip(self.param_schedulers, checkpoint['param_schedulers']):
                scheduler.load_state_dict(state)
        self.train_loop.resume(meta['epoch'], meta['iter'], mine['rng'], meta.get('validation_due', False))
        self._has_loaded = True
        self.logger.info(f'Resumed from {filename}: {self.epoch} epochs and {self.iter} iterations are done.')

    def load_checkpoint(
        self,
        filename: str,
        map_location: Union[str, Callable] = 'cpu',
        strict: bool = False,
        revise_keys: List[Tuple[str, str]] = [(r'^module\.', '')],  # noqa: B006  MMEngine's signature, read only
    ) -> dict:
        """Load weights, saying how many fitted.

        Args:
            filename (str): File, URL, or a name such as ``torchvision://resnet50``.
            map_location (str | callable): See ``torch.load``.
            strict (bool): Refuse any difference.
            revise_keys (list[tuple[str, str]]): Regular expressions and their replacements, applied to every name.

        Raises:
            InputError: Nothing fits, or ``strict`` and something does not.
        """
        checkpoint = mmengine.runner.checkpoint._load_checkpoint(filename, map_location=map_location)
        if not isinstance(checkpoint, dict):
            raise InputError(
                f'{filename} holds a {type(checkpoint).__name__}', 'a dict of tensors', 'Give a checkpoint'
            )
        self.call_hook('after_load_checkpoint', checkpoint=checkpoint)
        state_dict = checkpoint.get('state_dict', checkpoint)
        for pattern, replacement in revise_keys:
            state_dict = OrderedDict(
                (re.sub(pattern, replacement, key), value) for key, value in state_dict.items()
            )
        load = load_strictly if strict else load_matching
        note = load(get_ori_model(self.model), state_dict, filename)
        self._has_loaded = True
        self.logger.info(note)
        return checkpoint

    # -- optimizer

    def build_optim_wrapper(self, optim_wrapper: Union[OptimWrapper, Dict]) -> OptimWrapper:
        """Build the wrapper, fused where that is possible; an accumulation that is no positive integer is refused."""
        if isinstance(optim_wrapper, dict):
            count = optim_wrapper.get('accumulative_counts', 1)
            if not isinstance(count, int) or count < 1:
                raise InputError(
                    f'optim_wrapper.accumulative_counts={count!r}',
                    'a whole number, at least 1',
                    'Set optim_wrapper.accumulative_counts',
                )
            if isinstance(optim_wrapper.get('optimizer'), dict):
                device = next(self.model.parameters()).device.type
                optimizer = adapted_optimizer(optim_wrapper['optimizer'], device, self.world_size)
                optim_wrapper = {**optim_wrapper, 'optimizer': optimizer}
        built = super().build_optim_wrapper(optim_wrapper)
        if hasattr(built, 'optimizer'):
            if not hasattr(
                built.optimizer, 'optim'
            ):  # ZeroRedundancyOptimizer has shared the groups out already
                merge_groups(built.optimizer)
            keep_layouts_equal(built.optimizer)
        return built
