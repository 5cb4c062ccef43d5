"""What every tool does with its command line."""

import argparse
import os
import sys
import time
from typing import Callable, Optional

from mmengine.config import Config

from mmcl.utils.errors import InputError


def run_tool(main: Callable[[], Optional[int]]) -> None:
    """Run a tool's ``main``; a user's mistake ends in one ``error:`` line on stderr and exit code 2, without a traceback."""
    try:
        code = main()
    except Exception as error:
        if not isinstance(error, InputError):
            from mmcl.utils.foreign_errors import told

            known = told(error)
            if known is None:
                raise
            error = known
        if os.environ.get('LOCAL_RANK', '0') != '0':
            time.sleep(
                3
            )  # the same mistake on every process is told once: torchrun ends the others meanwhile
        # a mistake can surface in a half-started process group; leaving at once keeps its threads from adding noise
        sys.stdout.flush()
        print(f'error: {error}', file=sys.stderr, flush=True)
        os._exit(2)
    _leave_process_group()
    sys.exit(code or 0)


def _leave_process_group() -> None:
    """End the process group while Python is whole: left to the interpreter's end, its threads can abort the process."""
    dist = sys.modules.get('torch.distributed')  # --help and a mistake in a config never import torch
    if dist is not None and dist.is_available() and dist.is_initialized():
        dist.destroy_process_group()


def add_config_options(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that every tool with a config takes: ``--data-root``, ``--cfg-options``, ``--launcher``, ``--local-rank``."""
    from mmcl.utils.cfg_options import CfgOptions

    parser.add_argument(
        '--data-root',
        metavar='DIR',
        help="take images from DIR instead of the config's data: any folder of images, or what tools/pack_images.py made of one",
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=CfgOptions,
        metavar='K=V',
        help='change config keys, e.g. optim_wrapper.optimizer.lr=0.1; +k=v adds one',
    )
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi'],
        default='none',
        help='how the processes were started',
    )
    parser.add_argument('--local-rank', '--local_rank', type=int, default=0, help='set by the launcher')


def load_config(
    path: str, cfg_options: Optional[dict] = None, data_root: Optional[str] = None, validate: bool = True
) -> Config:
    """Read a config, apply ``--cfg-options``, ``--no-validate`` (``validate`` False) and ``--data-root``, and check it.

    Raises:
        InputError: No such file, a file that is not a config, or anything that :func:`mmcl.utils.config_check.check_config` finds.
    """
    from mmcl.utils.config_check import check_config

    if not os.path.isfile(path):
        raise InputError(
            f'There is no config file {path}',
            'a .py file under configs/',
            'See `ls configs/*` for what there is',
        )
    try:
        cfg = Config.fromfile(path)
    except InputError:
        raise
    except Exception as error:  # a config is code: whatever it raises is the user's to mend
        raise InputError(
            f'{path} could not be read as a config ({type(error).__name__}: {error})',
            'a valid config',
            'Mend the file',
        ) from None
    if cfg_options:
        from mmcl.utils.cfg_options import apply_cfg_options

        apply_cfg_options(cfg, cfg_options)
    if not validate:
        from mmcl.utils.validation import drop_validation

        drop_validation(cfg)
    if data_root is not None:
        from mmcl.utils.data_root import apply_data_root

        apply_data_root(cfg, data_root)
    check_config(cfg)
    return cfg
