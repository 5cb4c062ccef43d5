import os

import pytest
import torch
from mmengine.config import Config
from mmengine.model import MMDistributedDataParallel
from torch import nn

from mmcl.engine.checkpoint import read_checkpoint
from mmcl.models.norm import CrossRankBatchNorm
from mmcl.utils.errors import InputError
from tests.processes import call, launch
from tests.test_engine.resuming import train
from tests.test_engine.tiny import build, run_config


@pytest.fixture(scope='module')
def finished(tmp_path_factory):
    """The work dir of a finished run of two epochs."""
    folder = tmp_path_factory.mktemp('finished')
    build(folder, {'default_hooks.checkpoint.max_keep': -1}).train()
    return folder


def resume(finished, tmp_path, changes=None, **kwargs):
    return build(
        tmp_path, {'resume': True, 'load_from': str(finished / 'epoch_1.pth'), **(changes or {})}, **kwargs
    )


def test_a_checkpoint_says_what_it_needs_to_go_on(finished):
    meta = torch.load(finished / 'epoch_2.pth', weights_only=True)['meta']
    expected = dict(
        epoch=2, iter=20, seed=3, model='ForgetfulLearner', precision='fp32', world_size=1, batch_size=4
    )
    assert expected.items() <= meta.items() and meta['accumulation'] == 1 and meta['num_images'] == 43
    assert 'config' not in meta


@pytest.mark.parametrize(
    'changes, kwargs, message',
    [
        (
            {'model.width': 16},
            {},
            r'backbone.0.weight is \(8, 3, 3, 3\) in .*epoch_1.pth and \(16, 3, 3, 3\) in this model '
            r'\(and \d+ more.*model.backbone has another size',
        ),
        (
            {'model.type': 'VectorLearner'},
            {},
            'checkpoint of ForgetfulLearner, the config trains VectorLearner',
        ),
        ({}, dict(batch_size=2), 'trained with 4 images a batch and process, this run has 2'),
        ({}, dict(accumulation=2), 'trained with 1 batches an optimizer step, this run has 2'),
        ({}, dict(num=44), 'trained with 43 training images, this run has 44'),
        ({'precision': 'bf16'}, {}, 'trained in fp32, --precision says bf16.*--precision fp32'),
    ],
)
def test_what_would_not_be_the_same_run_is_refused(finished, tmp_path, changes, kwargs, message):
    with pytest.raises(InputError, match=message):
        resume(finished, tmp_path, changes, **kwargs).train()


def edited(finished, tmp_path, edit) -> str:
    """A copy of a checkpoint, after ``edit``."""
    content = torch.load(finished / 'epoch_1.pth', weights_only=True)
    edit(content)
    path = str(tmp_path / 'edited.pth')
    torch.save(content, path)
    return path


@pytest.mark.parametrize(
    'edit, message',
    [
        (
            lambda c: c['state_dict'].pop('memory.queue'),
            'edited.pth lacks memory.queue. .*model.memory is another one',
        ),
        (
            lambda c: c['state_dict'].update({'predictor.0': torch.ones(1)}),
            'it holds predictor.0, which this model lacks',
        ),
        (lambda c: c.pop('optimizer'), r'edited.pth holds weights, but not the state of a run.*\+load_from='),
        (lambda c: c['meta'].update(world_size=2), r'trained with 2 process\(es\), this run has 1'),
    ],
)
def test_resuming_is_strict(finished, tmp_path, edit, message):
    path = edited(finished, tmp_path, edit)
    with pytest.raises(InputError, match=message):
        build(tmp_path, {'resume': True, 'load_from': path}).train()


def test_the_seed_of_the_checkpoint_stays(finished, tmp_path):
    changes = {'default_hooks.checkpoint.save_best': None, 'randomness.seed': 9}
    runner = resume(finished, tmp_path, changes)
    runner.train()
    straight = read_checkpoint(str(finished / 'epoch_2.pth'))
    assert runner.seed == runner.train_loop.sampler.seed == 3
    assert all(
        torch.equal(a, b) for a, b in zip(straight['state_dict'].values(), runner.model.state_dict().values())
    )


def test_resume_falls_back_to_the_newest_readable_checkpoint_and_says_so(finished, tmp_path):
    for name in ('epoch_1.pth', 'last_checkpoint'):
        (tmp_path / name).write_bytes((finished / name).read_bytes())
    (tmp_path / 'epoch_2.pth').write_bytes((finished / 'epoch_2.pth').read_bytes()[:5000])
    runner = build(tmp_path, {'resume': True})
    runner.train()
    log = next((tmp_path / runner.timestamp).glob('*.log')).read_text()
    assert 'epoch_2.pth is not a readable checkpoint' in log and 'Going on from' in log
    assert '1 epochs and 10 iterations are done' in log


def test_resume_without_a_checkpoint_starts_from_the_beginning(tmp_path):
    runner = build(tmp_path, {'resume': True}, epochs=2)
    runner.train()
    assert runner.iter == 20


def test_weights_are_loaded_and_counted(finished, tmp_path):
    path = edited(
        finished,
        tmp_path,
        lambda c: c['state_dict'].update({'neck.weight': torch.ones(1), 'extra': torch.ones(1)}),
    )
    runner = build(tmp_path, {'load_from': path})
    runner.load_or_resume()
    log = next((tmp_path / runner.timestamp).glob('*.log')).read_text()
    weights = read_checkpoint(path)['state_dict']
    assert torch.equal(runner.model.backbone[0].weight, weights['backbone.0.weight'])
    assert '1 tensors have another shape and were not loaded, e.g. neck.weight' in log
    assert '1 tensors are not in this model and were not loaded, e.g. extra' in log
    assert f'Loaded {len(weights) - 2} of the {len(weights) - 1} tensors' in log


def test_weights_of_which_none_fit_are_a_sentence(tmp_path):
    path = str(tmp_path / 'other.pth')
    torch.save(dict(conv1=torch.ones(1)), path)
    with pytest.raises(
        InputError, match='Nothing in .*other.pth fits this model: it holds conv1, the model backbone'
    ):
        build(tmp_path, {'load_from': path}).load_or_resume()


def test_parts_that_depend_on_the_data_are_told_its_size(tmp_path):
    runner = build(tmp_path)
    sizes = []
    runner.model.size_to_dataset = sizes.append
    runner.build_train_loop(dict(type='ResumableEpochLoop', max_epochs=1))
    assert sizes == [43]


def test_the_start_of_a_run_is_quiet(finished):
    log = next(finished.glob('*/*.log')).read_text()
    assert 'Hooks will be executed' not in log and 'Exp name' not in log and 'sys.platform' not in log
    assert 'images/s: ' in log and 'eta: ' in log
    scalars = next(finished.glob('*/vis_data/scalars.json')).read_text()
    assert '"images/s"' in scalars


def test_a_longer_run_keeps_the_schedule_and_says_so(finished, tmp_path):
    runner = resume(finished, tmp_path, epochs=3)
    runner.train()
    log = next((tmp_path / runner.timestamp).glob('*.log')).read_text()
    assert "This run is of 3 epochs, the checkpoint's of 2" in log and runner.epoch == 3


def test_compiling_changes_neither_names_nor_values(finished, tmp_path):
    runner = build(tmp_path, {'compile': dict(backend='eager')})
    runner.train()
    assert runner.model.backbone._compiled_call_impl is not None
    straight = read_checkpoint(str(finished / 'epoch_2.pth'))['state_dict']
    compiled = runner.model.state_dict()
    assert list(straight) == list(compiled)
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(straight.values(), compiled.values()))


def on_two_ranks(cfg) -> dict:
    """A run on gloo: what its model is made of, and what each process kept for itself."""
    from mmcl.engine.runner import ContrastiveRunner

    runner = ContrastiveRunner.from_cfg(Config(cfg))
    runner.train()
    model = runner.model
    return dict(
        backend=torch.distributed.get_backend(),
        wrapped=isinstance(model, MMDistributedDataParallel),
        broadcast=model.broadcast_buffers,
        views=model.gradient_as_bucket_view,
        norms=[
            type(layer) for layer in model.modules() if isinstance(layer, nn.modules.batchnorm._BatchNorm)
        ],
        own=model.module.own,
        queue=model.module.memory.queue,
        statistics=[model.module.backbone[3].running_mean, model.module.backbone[3].running_var],
        parameters=[parameter.detach() for parameter in model.parameters()],
    )


def test_two_processes_train_without_a_gpu(tmp_path):
    cfg = dict(run_config(tmp_path / 'run'), launcher='pytorch')
    cfg['default_hooks']['checkpoint'] = dict(type='SafeCheckpointHook', save_every=4, max_keep=-1)
    first, second = call(on_two_ranks, cfg, folder=tmp_path, processes=2)
    assert first['backend'] == 'gloo' and first['wrapped'] and not first['broadcast'] and first['views']
    assert first['norms'] == [CrossRankBatchNorm, nn.BatchNorm2d]
    assert torch.equal(first['queue'], second['queue']) and not torch.equal(first['own'], second['own'])
    assert all(torch.equal(a, b) for a, b in zip(first['parameters'], second['parameters']))
    assert all(torch.equal(a, b) for a, b in zip(first['statistics'], second['statistics']))
    saved = read_checkpoint(str(tmp_path / 'run' / 'epoch_2.pth'))['ranks']
    assert [list(each['buffers']) for each in saved] == [['own'], ['own']]
    assert [
        torch.equal(each['buffers']['own'], rank['own']) for each, rank in zip(saved, (first, second))
    ] == [True, True]
    # in mid-epoch the running statistics of the batch norm that is not synchronised differ as well
    saved = read_checkpoint(str(tmp_path / 'run' / 'iter_8.pth'))['ranks']
    assert list(saved[1]['buffers']) == ['own', 'backbone.3.running_mean', 'backbone.3.running_var']
    # one process cannot go on with it
    ((code, _, printed),) = launch(train, dict(run_config(tmp_path / 'run'), resume=True), folder=tmp_path)
    assert code == 1 and 'was trained with 2 process(es), this run has 1' in printed


def fail_to_write(cfg) -> str:
    """Train on a disk that is full for rank 0; what each process says."""
    import errno

    from mmcl.engine import checkpoint

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    checkpoint.os.fsync = full
    try:
        train(cfg)
    except InputError as error:
        return str(error)
    return ''


def test_every_process_hears_of_a_full_disk(tmp_path):
    cfg = dict(run_config(tmp_path / 'run'), launcher='pytorch')
    for said in call(fail_to_write, cfg, folder=tmp_path, processes=2):
        assert 'epoch_1.pth could not be written: No space left' in said
