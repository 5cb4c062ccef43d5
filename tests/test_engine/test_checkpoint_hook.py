import errno
import os

import pytest
import torch

from mmcl.engine import checkpoint as checkpoints
from mmcl.engine.checkpoint import read_checkpoint
from mmcl.engine.hooks import SafeCheckpointHook, checkpoint_hook
from mmcl.utils.errors import InputError
from tests.test_engine.tiny import build


def names(folder) -> list:
    return sorted(name for name in os.listdir(folder) if name.endswith('.pth'))


def hook(**settings) -> dict:
    return {'default_hooks.checkpoint': settings}


def test_the_newest_checkpoints_are_kept_beside_the_best(tmp_path):
    build(tmp_path, hook(save_every=4, max_keep=2)).train()
    assert names(tmp_path) == ['best_knn_top1.pth', 'epoch_2.pth', 'iter_20.pth']
    assert (tmp_path / 'last_checkpoint').read_text() == str(tmp_path / 'epoch_2.pth')
    assert not [name for name in os.listdir(tmp_path) if name.endswith('.tmp')]


def test_what_a_killed_run_was_writing_is_cleared_away(tmp_path):
    for name in ('.epoch_7.pth.123.tmp', 'notes.tmp'):
        (tmp_path / name).write_text('half')
    build(tmp_path, hook(save_best=None)).train()
    assert [name for name in os.listdir(tmp_path) if name.endswith('.tmp')] == ['notes.tmp']


def test_every_checkpoint_is_kept_with_max_keep_minus_one(tmp_path):
    build(tmp_path, hook(save_every=8, max_keep=-1, save_best=None)).train()
    assert names(tmp_path) == ['epoch_1.pth', 'epoch_2.pth', 'iter_16.pth', 'iter_8.pth']


def test_files_of_an_earlier_run_are_never_removed_but_those_before_a_resume_are(tmp_path):
    (tmp_path / 'epoch_9.pth').write_text('of another run')
    build(tmp_path, hook(max_keep=1, save_best=None)).train()
    assert names(tmp_path) == ['epoch_2.pth', 'epoch_9.pth']
    build(tmp_path, {**hook(max_keep=1, save_best=None), 'resume': True}, epochs=3).train()
    assert names(tmp_path) == ['epoch_3.pth', 'epoch_9.pth']


def test_save_every_is_rounded_up_to_optimizer_steps(tmp_path):
    build(tmp_path, hook(save_every=3, max_keep=-1, save_best=None), accumulation=2, epochs=2).train()
    assert [name for name in names(tmp_path) if name.startswith('iter')] == [
        f'iter_{i}.pth' for i in (12, 16, 20, 4, 8)
    ]


def test_the_last_epoch_is_saved_whatever_the_interval(tmp_path):
    build(tmp_path, hook(interval=5, save_best=None), epochs=3).train()
    assert names(tmp_path) == ['epoch_3.pth']


def test_the_best_checkpoint_is_the_one_with_the_highest_metric(tmp_path):
    runner = build(tmp_path, hook(save_best='knn/top1'), epochs=3)
    scores = iter([40.0, 60.0, 50.0])
    runner._val_evaluator = dict(type='KNNMetric', k=5)
    runner._val_loop = runner.build_val_loop(runner._val_loop)
    runner.val_loop.evaluator.evaluate = lambda size: {'knn/top1': next(scores)}
    runner.train()
    best = read_checkpoint(str(tmp_path / 'best_knn_top1.pth'))
    assert best['meta']['best_score'] == 60.0 and best['meta']['epoch'] == 2 and best['meta']['iter'] == 20
    assert runner.message_hub.get_info('best_score') == 60.0


def test_an_old_checkpoint_outlives_a_new_one_that_cannot_be_read_back(tmp_path, monkeypatch):
    read = checkpoint_hook.read_checkpoint

    def fail_on_second(path):
        if path.endswith('epoch_2.pth'):
            raise InputError(f'{path} is not a readable checkpoint', 'a whole file', 'Copy it again')
        return read(path)

    monkeypatch.setattr(checkpoint_hook, 'read_checkpoint', fail_on_second)
    with pytest.raises(InputError, match='epoch_2.pth is not a readable'):
        build(tmp_path, hook(max_keep=1, save_best=None)).train()
    assert 'epoch_1.pth' in names(tmp_path)
    assert (tmp_path / 'last_checkpoint').read_text() == str(tmp_path / 'epoch_1.pth')


def test_a_full_disk_ends_the_run_with_a_sentence_and_leaves_a_checkpoint_to_resume_from(
    tmp_path, monkeypatch
):
    save = torch.save

    def fill_up(value, file):
        if value.get('meta', {}).get('epoch') == 2:
            file.write(b'half a checkpoint')
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        save(value, file)

    monkeypatch.setattr(checkpoints.torch, 'save', fill_up)
    with pytest.raises(InputError, match=r'epoch_2.pth could not be written: No space left.*--resume'):
        build(tmp_path, hook(save_best=None)).train()
    assert names(tmp_path) == ['epoch_1.pth']
    monkeypatch.undo()
    runner = build(tmp_path, {**hook(save_best=None), 'resume': True})
    runner.train()
    assert runner.epoch == 2 and names(tmp_path) == ['epoch_1.pth', 'epoch_2.pth']


@pytest.mark.parametrize(
    'settings', [dict(interval=0), dict(save_every=0), dict(max_keep=0), dict(max_keep=-2)]
)
def test_settings_out_of_range_are_a_sentence(settings):
    name, value = next(iter(settings.items()))
    with pytest.raises(InputError, match=f'{name}={value}.*default_hooks.checkpoint.{name}'):
        SafeCheckpointHook(**settings)
