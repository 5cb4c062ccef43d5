import errno
import os
import pickle
import socket
import threading
from collections import OrderedDict
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer, MessageHub
from mmengine.model import BaseModule
from mmengine.runner import load_checkpoint
from mmengine.runner.checkpoint import CheckpointLoader, _load_checkpoint
from torch import nn

from mmcl.engine import checkpoint as checkpoints
from mmcl.engine.checkpoint import (
    atomic_save,
    atomic_write,
    hub_state,
    newest_readable,
    plain,
    read_checkpoint,
    restore_hub,
    trust_checkpoints,
    write_last,
)
from mmcl.utils.errors import InputError
from tests.test_engine.tiny import build


class Payload:
    """Unpickling it creates a file."""

    def __init__(self, mark) -> None:
        self.mark = str(mark)

    def __reduce__(self):
        return os.mkdir, (self.mark,)


@pytest.fixture
def mark(tmp_path):
    """Exists once a payload has run."""
    return tmp_path / 'payload_ran'


@pytest.fixture
def pickled(tmp_path, mark):
    """A checkpoint that runs code where it is unpickled."""
    path = tmp_path / 'pickled.pth'
    weights = OrderedDict({'backbone.0.weight': torch.ones(8, 3, 3, 3)})
    torch.save(
        dict(meta={}, state_dict=weights, optimizer={}, ranks=[], message_hub={}, extra=Payload(mark)), path
    )
    return str(path)


def configured(mark) -> str:
    return f'import os\nos.mkdir({str(mark)!r})\n'


# -- writing


def test_a_full_disk_is_a_sentence_and_harms_nothing(tmp_path, monkeypatch):
    path = tmp_path / 'epoch_1.pth'
    atomic_save(dict(a=torch.ones(3)), str(path))
    before = path.read_bytes()

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(checkpoints.os, 'fsync', full)
    with pytest.raises(InputError, match=r'epoch_1.pth could not be written: No space left.*free some space'):
        atomic_save(dict(a=torch.zeros(3)), str(path))
    assert path.read_bytes() == before and os.listdir(tmp_path) == ['epoch_1.pth']


class FullFile:
    """A file on a disk with room for 100 bytes."""

    def __init__(self, file) -> None:
        self.file, self.room = file, 100

    def write(self, data) -> int:
        self.room -= len(data)
        if self.room < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self.file.write(data)

    def __getattr__(self, name):
        return getattr(self.file, name)


def test_a_disk_that_fills_up_within_torch_save_is_the_same_sentence(tmp_path):
    path = tmp_path / 'epoch_1.pth'
    with pytest.raises(InputError, match='No space left'):
        atomic_write(str(path), lambda file: torch.save(dict(a=torch.ones(1000)), FullFile(file)))
    assert os.listdir(tmp_path) == []


def test_another_mistake_while_writing_is_not_disguised(tmp_path):
    with pytest.raises(ZeroDivisionError):
        atomic_write(str(tmp_path / 'file'), lambda file: 1 / 0)
    assert os.listdir(tmp_path) == []


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises(InputError, match='could not be written: No such file'):
        atomic_save({}, str(tmp_path / 'nowhere' / 'epoch_1.pth'))


# -- reading


def test_our_checkpoints_hold_nothing_that_needs_an_exception(tmp_path):
    hub = MessageHub('test_plain')
    hub.update_scalar('train/loss', 0.5)
    hub.update_info('dataset_meta', dict(classes=('a', 'b'), mean=np.ones(3)))
    hub.update_info('model', nn.Linear(1, 1))
    hub.update_info('cfg', 'import os')
    path = str(tmp_path / 'hub.pth')
    atomic_save(hub_state(hub), path)
    state = torch.load(path, weights_only=True)
    assert set(state['runtime_info']) == {'dataset_meta'}
    other = MessageHub('test_plain_restored')
    restore_hub(other, state)
    other.update_scalar('train/loss', 1.5)
    assert other.get_scalar('train/loss').mean() == 1.0
    assert other.get_info('dataset_meta')['classes'] == ('a', 'b')


def test_plain_refuses_objects():
    with pytest.raises(TypeError, match='Linear is not plain'):
        plain(dict(a=[nn.Linear(1, 1)]))
    assert plain(dict(a=(np.float32(0.5), [np.arange(2)]))) == dict(a=(0.5, [pytest.approx(torch.arange(2))]))


def test_checkpoints_of_mmengine_are_read_as_data(tmp_path):
    content = dict(
        meta=dict(seed=np.int64(3), mean=np.ones(3), config='raise SystemExit'),
        message_hub=dict(
            log_scalars=dict(loss=HistoryBuffer([0.5], [1])), runtime_info=dict(cfg='raise SystemExit', a=1)
        ),
        state_dict=OrderedDict(weight=torch.ones(1)),
    )
    path = str(tmp_path / 'mmengine.pth')
    torch.save(content, path)
    read = read_checkpoint(path)
    assert read['meta']['seed'] == 3 and read['message_hub']['log_scalars']['loss'].mean() == 0.5
    assert 'config' not in read['meta'] and read['message_hub']['runtime_info'] == dict(a=1)


class AskForGetattr:
    """Unpickling it asks for an attribute of a class that is allowed."""

    def __reduce__(self):
        return getattr, (HistoryBuffer, '__init__')


def test_getattr_gives_the_statistics_of_a_history_and_nothing_else(tmp_path):
    path = str(tmp_path / 'getattr.pth')
    torch.save(dict(a=AskForGetattr()), path)
    with pytest.raises(InputError, match='--trust-checkpoint'):
        read_checkpoint(path)


def test_pickled_code_does_not_run_unless_trusted(pickled, mark):
    with pytest.raises(
        InputError, match=r'pickled.pth holds Python code \((posix|nt|os).mkdir\).*--trust-checkpoint'
    ):
        read_checkpoint(pickled)
    assert not mark.exists()
    trust_checkpoints(True)
    try:
        read_checkpoint(pickled)
    finally:
        trust_checkpoints(False)
    assert mark.exists()


@pytest.mark.parametrize('content', [b'', b'not a checkpoint', b'\x80\x04'])
def test_a_damaged_file_is_a_sentence(tmp_path, content):
    path = tmp_path / 'bad.pth'
    path.write_bytes(content)
    with pytest.raises(InputError, match='bad.pth is not a readable checkpoint'):
        read_checkpoint(str(path))


def test_a_truncated_file_is_a_sentence(tmp_path):
    path = tmp_path / 'short.pth'
    torch.save(dict(a=torch.ones(1000)), path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(InputError, match='short.pth is not a readable checkpoint.*earlier checkpoint'):
        read_checkpoint(str(path))


def test_a_flipped_bit_is_noticed(tmp_path):
    path = tmp_path / 'flipped.pth'
    torch.save(dict(a=torch.ones(1000)), path)
    data = bytearray(path.read_bytes())
    data[2500] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(InputError, match='flipped.pth is not a readable checkpoint'):
        read_checkpoint(str(path))


def test_a_missing_file_is_a_sentence(tmp_path):
    with pytest.raises(InputError, match='There is no checkpoint .*missing.pth'):
        read_checkpoint(str(tmp_path / 'missing.pth'))


# -- every way in


class Pretrained(BaseModule):
    def __init__(self, checkpoint) -> None:
        super().__init__(init_cfg=dict(type='Pretrained', checkpoint=checkpoint, prefix='backbone.'))
        self.add_module('0', nn.Conv2d(3, 8, 3, bias=False))


def start(folder, **changes):
    return build(folder / 'run', changes)


@pytest.mark.parametrize(
    'enter',
    [
        lambda path, folder: _load_checkpoint(path),
        lambda path, folder: load_checkpoint(nn.Conv2d(1, 1, 1), path),
        lambda path, folder: Pretrained(path).init_weights(),
        lambda path, folder: start(folder, load_from=path).train(),
        lambda path, folder: start(folder, load_from=path, resume=True).train(),
    ],
    ids=['CheckpointLoader', 'load_checkpoint', 'init_cfg', 'load_from', 'resume'],
)
def test_pickled_code_runs_by_no_way_in(pickled, mark, tmp_path, enter):
    with pytest.raises(InputError, match='holds Python code'):
        enter(pickled, tmp_path)
    assert not mark.exists()


def test_every_scheme_of_mmengine_is_read_by_a_loader_of_ours():
    assert {loader.__module__ for loader in CheckpointLoader._schemes.values()} == {'mmcl.engine.checkpoint'}


def test_pickled_code_does_not_run_when_downloaded(pickled, mark, tmp_path, monkeypatch):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):  # noqa: N802  the base class's name
            self.send_response(200)
            self.end_headers()
            with open(pickled, 'rb') as file:
                self.wfile.write(file.read())

        def log_message(self, *args):
            pass

    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'hub'))
    with HTTPServer(('127.0.0.1', 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(InputError, match='holds Python code'):
            _load_checkpoint(f'http://127.0.0.1:{server.server_port}/pickled.pth')
        server.shutdown()
    assert not mark.exists()


def test_a_download_that_fails_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'hub'))
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    with pytest.raises(InputError, match='could not be downloaded'):
        _load_checkpoint(f'http://127.0.0.1:{port}/model.pth')


def test_the_config_in_a_checkpoint_is_never_executed(tmp_path, mark):
    runner = start(tmp_path)
    runner.train()
    path = str(tmp_path / 'run' / 'epoch_2.pth')
    content = torch.load(path, weights_only=True)
    content['meta']['config'] = content['meta']['cfg'] = configured(mark)
    content['message_hub']['runtime_info']['cfg'] = configured(mark)
    torch.save(content, path)
    resumed = start(tmp_path, resume=True)
    resumed.train()
    assert resumed.iter == runner.iter
    loaded = start(tmp_path, load_from=path)
    loaded.load_or_resume()
    Pretrained(path).init_weights()
    assert not mark.exists()


# -- which checkpoint is next


def make(folder, *names, age=0) -> None:
    for number, name in enumerate(names):
        torch.save(dict(name=name), folder / name)
        os.utime(folder / name, (1000 + number, 1000 + number))


def test_the_last_checkpoint_comes_first_and_the_newest_readable_one_next(tmp_path, caplog):
    make(tmp_path, 'epoch_1.pth', 'iter_9.pth', 'epoch_2.pth', 'other.pth')
    write_last(str(tmp_path / 'epoch_2.pth'))
    assert newest_readable(str(tmp_path)) == str(tmp_path / 'epoch_2.pth')
    (tmp_path / 'epoch_2.pth').write_bytes(b'broken')
    assert newest_readable(str(tmp_path)) == str(tmp_path / 'iter_9.pth')
    (tmp_path / 'iter_9.pth').unlink()
    assert newest_readable(str(tmp_path)) == str(tmp_path / 'epoch_1.pth')


def test_no_checkpoint_is_a_fresh_start_and_none_readable_is_a_mistake(tmp_path):
    assert newest_readable(str(tmp_path)) is None
    (tmp_path / 'epoch_1.pth').write_bytes(pickle.dumps('broken'))
    with pytest.raises(InputError, match=r'None of the 1 checkpoints .*epoch_1.pth is not a readable'):
        newest_readable(str(tmp_path))


def test_a_work_dir_may_be_moved(tmp_path):
    (tmp_path / 'old').mkdir()
    make(tmp_path / 'old', 'epoch_1.pth', 'epoch_2.pth')
    write_last(str(tmp_path / 'old' / 'epoch_1.pth'))
    (tmp_path / 'old').rename(tmp_path / 'new')
    assert newest_readable(str(tmp_path / 'new')) == str(tmp_path / 'new' / 'epoch_1.pth')
