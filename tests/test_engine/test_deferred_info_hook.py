"""Numbers that stay on the device until they are read."""

import json

import pytest
import torch

from mmcl.engine.checkpoint import read_checkpoint
from mmcl.engine.hooks import DeferredInfoHook
from tests.test_engine.resuming import assert_equal
from tests.test_engine.tiny import build


def run(folder, hook: str, **kwargs):
    """Train two epochs with checkpoints within them; histories at the end, scalars that were logged, and the checkpoints."""
    changes = {'default_hooks.runtime_info': dict(type=hook), 'default_hooks.checkpoint.max_keep': -1}
    runner = build(folder, {**changes, 'default_hooks.checkpoint.save_every': 3}, **kwargs)
    runner.train()
    histories = {key: buffer.data[0].tolist() for key, buffer in runner.message_hub.log_scalars.items()}
    lines = next(folder.glob('*/vis_data/scalars.json')).read_text().splitlines()
    return histories, list(map(json.loads, lines)), {path.name: path for path in folder.glob('*.pth')}


@pytest.fixture
def always(monkeypatch):
    """Put off on a CPU too."""
    monkeypatch.setattr(DeferredInfoHook, 'defers', staticmethod(lambda outputs: True))


def test_histories_logs_and_checkpoints_are_those_of_mmengines_hook(tmp_path, always):
    expected, logged, saved = run(tmp_path / 'plain', 'RuntimeInfoHook')
    found, relogged, resaved = run(tmp_path / 'deferred', 'DeferredInfoHook')
    assert len(found['train/loss']) == 20 and found['train/loss'] == expected['train/loss']
    assert [line.get('loss') for line in logged] == [line.get('loss') for line in relogged]
    assert set(saved) == set(resaved) and 'iter_3.pth' in saved
    for name in saved:
        one, other = (read_checkpoint(str(paths[name]))['message_hub'] for paths in (saved, resaved))
        assert_equal(one['log_scalars']['train/loss'], other['log_scalars']['train/loss'])


def test_nothing_is_read_between_logs(tmp_path, always, monkeypatch):
    flushed = []
    flush = DeferredInfoHook.flush

    def count(hook, runner):
        flushed.append(len(hook._waiting))
        flush(hook, runner)

    monkeypatch.setattr(DeferredInfoHook, 'flush', count)
    changes = {'default_hooks.runtime_info': dict(type='DeferredInfoHook')}
    build(tmp_path, {**changes, 'default_hooks.checkpoint': None}).train()  # logs every 5 of 10 iterations
    assert [number for number in flushed if number] == [5, 5, 5, 5]


def test_where_nobody_reads_only_so_many_are_kept(tmp_path, always, monkeypatch):
    monkeypatch.setattr('mmcl.engine.hooks.deferred_info_hook._MOST', 4)
    changes = {'default_hooks.runtime_info': dict(type='DeferredInfoHook'), 'default_hooks.checkpoint': None}
    runner = build(tmp_path, {**changes, 'default_hooks.logger.interval': 10**9})
    kept = []
    runner.model.register_forward_hook(lambda *_: kept.append(len(hook._waiting)))
    hook = next(hook for hook in runner.hooks if isinstance(hook, DeferredInfoHook))
    runner.train()
    assert max(kept) == 3 and len(runner.message_hub.get_scalar('train/loss').data[0]) == 20


def test_a_cpu_has_nothing_to_put_off():
    assert not DeferredInfoHook.defers(dict(loss=torch.ones(())))
    assert not DeferredInfoHook.defers(None)
