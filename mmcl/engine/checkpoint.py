"""Checkpoints: written so that a crash harms none, read as data so that none runs code."""

import contextlib
import errno
import io
import os
import os.path as osp
import pickle
import re
import zipfile
from typing import Any, BinaryIO, Callable, Dict, List, Optional, Tuple
from urllib.parse import urlparse

import numpy as np
import torch
from mmengine.fileio import get_file_backend
from mmengine.logging import HistoryBuffer, MessageHub, print_log
from mmengine.runner import checkpoint as mmengine_checkpoint
from mmengine.runner.checkpoint import CheckpointLoader

from mmcl.utils.errors import InputError
from mmcl.utils.rank_0 import on_every_process

_trusted = False


def trust_checkpoints(trust: bool) -> None:
    """Say whether checkpoint files may run code in this process (``--trust-checkpoint``)."""
    global _trusted
    _trusted = trust


# -- writing


def atomic_write(path: str, write: Callable[[Any], None]) -> None:
    """Write a file so that at every moment ``path`` is the old file or the new one, whole.

    Args:
        path (str): The file.
        write (callable): Is given a binary file to write into.

    Raises:
        InputError: The disk is full, or the folder cannot be written; the old file is unharmed.
    """
    folder, name = osp.split(osp.abspath(path))
    temporary = osp.join(folder, f'.{name}.{os.getpid()}.tmp')
    try:
        with open(temporary, 'wb') as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        _sync_folder(folder)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.remove(temporary)
        cause = _disk_error(error)
        if cause is None:
            raise
        full = cause.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        raise InputError(
            f'{path} could not be written: {os.strerror(cause.errno)}',
            'room for a checkpoint' if full else 'a folder that can be written',
            'Earlier checkpoints are unharmed; free some space and continue with --resume'
            if full
            else 'Earlier checkpoints are unharmed; set --work-dir',
        ) from error


def atomic_save(value: Any, path: str) -> None:
    """``torch.save`` through :func:`atomic_write`."""
    atomic_write(path, lambda file: torch.save(value, file))


def remove_unfinished(folder: str) -> None:
    """Remove the temporary files of runs that were killed while they wrote a checkpoint; no other run may be writing there."""
    for name in os.listdir(folder):
        if re.fullmatch(r'\.(epoch|iter|best)_.*\.pth\.\d+\.tmp', name):
            os.remove(osp.join(folder, name))


def _sync_folder(folder: str) -> None:
    """Make a rename durable; some file systems refuse, and then there is nothing to do."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _disk_error(error: Optional[BaseException]) -> Optional[OSError]:
    """The operating system's error behind an exception; torch's zip writer turns one into a RuntimeError of its own."""
    while error is not None:
        if isinstance(error, OSError) and error.errno is not None:
            return error
        error = error.__cause__ or error.__context__
    return None


# -- reading


def read_checkpoint(path: str, trust: Optional[bool] = None, map_location: Any = 'cpu') -> Any:
    """Read a checkpoint file as data: tensors, numbers, text and containers of them.

    Args:
        path (str): A local file.
        trust (bool, optional): Let the file run code. Defaults to None: what :func:`trust_checkpoints` was told, at first False.
        map_location (str | device | callable): See ``torch.load``.

    Raises:
        InputError: No such file, not readable, damaged, or holding code.
    """
    if not osp.isfile(path):
        raise InputError(f'There is no checkpoint {path}', 'a checkpoint file', 'Check the path')
    try:
        file = open(path, 'rb')
    except OSError as error:
        raise InputError(
            f'{path} could not be opened: {error.strerror}', 'a readable file', 'Check its permissions'
        ) from error
    with file:
        return _load(file, path, trust, map_location)


def _load(file: BinaryIO, name: str, trust: Optional[bool], map_location: Any) -> Any:
    trust = _trusted if trust is None else trust
    try:
        _check_sums(file)
        with torch.serialization.safe_globals(_plain_types()):
            checkpoint = torch.load(file, map_location=map_location, weights_only=not trust)
    except Exception as error:  # a damaged file can raise anything
        code = re.search(r'GLOBAL (\S+)|(unrecognized function|Unsupported class) (.+)', str(error))
        if not trust and isinstance(error, pickle.UnpicklingError) and code:
            raise InputError(
                f'{name} holds Python code ({code[1] or code[3]}), which would run while it is read',
                'a checkpoint of tensors and plain data',
                'If you made it yourself, add --trust-checkpoint',
            ) from error
        reason = str(error).splitlines()[0].split('. ')[0][:120] if str(error) else 'it ends too early'
        raise InputError(
            f'{name} is not a readable checkpoint ({reason})',
            'a whole file written by torch.save',
            'Copy it again, or use an earlier checkpoint',
        ) from error
    return _without_code(checkpoint)


def _check_sums(file: BinaryIO) -> None:
    """Compare the content of a zip file, which ``torch.save`` writes, with its checksums; ``torch.load`` does not."""
    if zipfile.is_zipfile(file):
        damaged = zipfile.ZipFile(file).testzip()
        if damaged is not None:
            raise ValueError(f'{damaged} in it has changed since it was written')
    file.seek(0)


def _without_code(checkpoint: Any) -> Any:
    """Drop the texts that MMEngine would execute as Python: the runner ``meta.config``, the inferencers ``runtime_info.cfg``."""
    if isinstance(checkpoint, dict):
        for owner, key in ((checkpoint.get('meta'), 'config'), (_runtime_info(checkpoint), 'cfg')):
            if isinstance(owner, dict):
                owner.pop(key, None)
    return checkpoint


def _runtime_info(checkpoint: dict) -> Any:
    hub = checkpoint.get('message_hub')
    return hub.get('runtime_info') if isinstance(hub, dict) else None


def _plain_types() -> List:
    """What MMEngine's own checkpoints hold besides tensors, and what cannot run anything: numpy's arrays and numbers, log histories."""
    core = getattr(np, '_core', None) or np.core
    kinds = [np.ndarray, np.dtype, HistoryBuffer, core.multiarray._reconstruct, core.multiarray.scalar]
    kinds += [
        (kind, f'numpy.core.multiarray.{kind.__name__}') for kind in kinds[-2:]
    ]  # the name before numpy 2
    kinds += [type(np.dtype(code)) for code in '?bBhHiIlLqQefd']
    return kinds + [(_history_method, 'builtins.getattr')]


def _history_method(owner: type, name: str) -> Any:
    """The one use that MMEngine's log histories make of ``getattr``; anything else is refused."""
    if owner is not HistoryBuffer or name not in ('min', 'max', 'current', 'mean', 'statistics'):
        raise pickle.UnpicklingError(f'Unsupported class getattr({owner!r}, {name!r})')
    return getattr(HistoryBuffer, name)


# -- where MMEngine, MMPretrain, MMDetection and MMSegmentation read


def install_safe_loader() -> None:
    """Register loaders that read data only for every place a checkpoint can be named by.

    MMEngine's own fall back to ``weights_only=False``, which runs whatever a file says; its ``Runner``, ``init_cfg`` of type
    ``Pretrained``, and the projects above it all use the registered ones.
    """
    for prefixes, loader in _LOADERS.items():
        CheckpointLoader.register_scheme(prefixes, loader, force=True)


def load_from_local(filename: str, map_location: Any = None) -> Any:
    """Read a local file."""
    return read_checkpoint(osp.expanduser(filename), map_location=map_location)


def load_from_http(filename: str, map_location: Any = None) -> Any:
    """Download once a machine, into torch's own folder, then read."""
    path = osp.join(torch.hub.get_dir(), 'checkpoints', osp.basename(urlparse(filename).path))
    on_every_process(_download, filename, path)
    _download(filename, path)  # on machines that do not share rank 0's folder
    return read_checkpoint(path, map_location=map_location)


def _download(url: str, path: str) -> None:
    if osp.exists(path):
        return
    os.makedirs(osp.dirname(path), exist_ok=True)
    checksum = torch.hub.HASH_REGEX.search(osp.basename(path))
    try:
        torch.hub.download_url_to_file(url, path, checksum[1] if checksum else None, progress=False)
    except (OSError, RuntimeError) as error:
        raise InputError(
            f'{url} could not be downloaded ({error})',
            'a reachable file',
            'Download it yourself and give its path',
        ) from error


def load_from_torchvision(filename: str, map_location: Any = None) -> Any:
    """Read one of torchvision's models by name."""
    return load_from_http(_named(mmengine_checkpoint.get_torchvision_models(), filename), map_location)


def load_from_openmmlab(filename: str, map_location: Any = None) -> Any:
    """Read one of OpenMMLab's models by name."""
    models, renamed = (
        mmengine_checkpoint.get_external_models(),
        mmengine_checkpoint.get_deprecated_model_names(),
    )
    models = {**models, **{old: models[new] for old, new in renamed.items() if new in models}}
    place = _named(models, filename)
    if urlparse(place).scheme in ('http', 'https'):
        return load_from_http(place, map_location)
    return load_from_local(osp.join(mmengine_checkpoint._get_mmengine_home(), place), map_location)


def load_from_mmcls(filename: str, map_location: Any = None) -> Any:
    """Read the backbone of one of MMClassification's models by name."""
    checkpoint = load_from_http(_named(mmengine_checkpoint.get_mmcls_models(), filename), map_location)
    return mmengine_checkpoint._process_mmcls_checkpoint(checkpoint)


def load_from_ceph(filename: str, map_location: Any = None) -> Any:
    """Read from an object store through MMEngine's file backend."""
    backend = get_file_backend(filename, backend_args=dict(backend='petrel'))
    return _load(io.BytesIO(backend.get(filename)), filename, None, map_location)


def load_from_pavi(filename: str, map_location: Any = None) -> Any:
    """Refuse: its client reads pickles by itself."""
    raise InputError(
        f'{filename} is on a server that mmcl does not read',
        'a file or a URL',
        'Download it and give its path',
    )


_LOADERS: Dict[Tuple[str, ...], Callable] = {
    ('',): load_from_local,
    ('http://', 'https://'): load_from_http,
    ('modelzoo://', 'torchvision://'): load_from_torchvision,
    ('open-mmlab://', 'openmmlab://'): load_from_openmmlab,
    ('mmcls://',): load_from_mmcls,
    (r'(\S+\:)?s3://', r'(\S+\:)?petrel://'): load_from_ceph,
    ('pavi://',): load_from_pavi,
}


def _named(models: Dict[str, str], filename: str) -> str:
    name = filename.split('://', 1)[1]
    if name not in models:
        raise InputError(
            f'{filename} is unknown', 'the name of a published model', 'Give the path of a checkpoint file'
        )
    return models[name]


# -- what is found in a work dir


def write_last(path: str) -> None:
    """Note ``path`` as the newest checkpoint of its folder, in ``last_checkpoint``."""
    atomic_write(osp.join(osp.dirname(path), 'last_checkpoint'), lambda file: file.write(path.encode()))


def newest_readable(folder: str) -> Optional[str]:
    """Find the checkpoint to go on from: the newest of a work dir that can be read.

    Args:
        folder (str): Work dir.

    Returns:
        str | None: Its path; None where there is no checkpoint at all.

    Raises:
        InputError: There are checkpoints, but none can be read.
    """
    found = [
        entry
        for entry in os.scandir(folder)
        if entry.name.endswith('.pth') and re.match('(epoch|iter|best)_', entry.name)
    ]
    found = [entry.path for entry in sorted(found, key=lambda entry: entry.stat().st_mtime_ns, reverse=True)]
    last = osp.join(folder, 'last_checkpoint')
    if osp.isfile(last):
        with open(last) as file:
            named = osp.join(folder, osp.basename(file.read().strip()))  # the work dir may have been moved
        found = [named] + [path for path in found if path != named]
    failures = []
    for path in found:
        try:
            read_checkpoint(path)
        except InputError as error:
            failures.append(error)
            print_log(f'{error} Trying the one before it.', 'current', level=30)
        else:
            if failures:
                print_log(
                    f'Going on from {path}, the newest checkpoint that can be read.', 'current', level=30
                )
            return path
    if failures:
        raise InputError(
            f'None of the {len(failures)} checkpoints in {folder} can be read; the newest: {failures[0].args[0]}',
            'at least one readable checkpoint',
            'Start again in another --work-dir, or leave --resume out',
        )
    return None


# -- MMEngine's objects as plain data


def plain(value: Any) -> Any:
    """Turn a value into what ``weights_only=True`` reads back: tensors, numbers, text, and containers of them.

    Raises:
        TypeError: It holds something else.
    """
    if isinstance(value, torch.Tensor):
        return value.detach().cpu()
    if isinstance(value, np.ndarray):
        return torch.from_numpy(value.copy())
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return (
            type(value)(plain(item) for item in value)
            if type(value) in (list, tuple)
            else tuple(plain(item) for item in value)
        )
    if value is None or type(value) in (bool, int, float, str, bytes):
        return value
    raise TypeError(f'{type(value).__name__} is not plain data')


def hub_state(hub: MessageHub) -> dict:
    """A message hub's state as plain data; runtime information that is not plain, and the config's text, are left out."""
    state = hub.state_dict()
    info = {}
    for key, value in state['runtime_info'].items():
        with contextlib.suppress(TypeError):
            if key != 'cfg':
                info[key] = plain(value)
    scalars = {key: plain(list(buffer.data)) for key, buffer in state['log_scalars'].items()}
    return dict(log_scalars=scalars, runtime_info=info, resumed_keys=dict(state['resumed_keys']))


def restore_hub(hub: MessageHub, state: dict) -> None:
    """Put back what :func:`hub_state` gave."""
    scalars = {
        key: HistoryBuffer(values.tolist(), counts.tolist())
        for key, (values, counts) in state['log_scalars'].items()
    }
    known = {
        key: flag
        for key, flag in state['resumed_keys'].items()
        if key in scalars or key in state['runtime_info']
    }
    hub.load_state_dict(dict(log_scalars=scalars, runtime_info=state['runtime_info'], resumed_keys=known))
