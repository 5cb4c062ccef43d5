"""What the log says about batches."""

from mmcl.engine.notes import batch_notes
from tests.test_engine.tiny import build as build_runner
from tests.test_models.tiny import BACKBONE, METHODS, NECK, build


def test_accumulation_says_that_it_adds_no_negatives_where_they_come_from_the_batch():
    (note,) = batch_notes(build('simclr'), batch_size=64, processes=2, accumulation=4)
    assert 'accumulative_counts=4' in note and 'own batch of 128' in note and 'chunk_size=64' in note
    for method in ('moco', 'byol'):  # from a queue, and none
        assert batch_notes(build(method), 64, 2, 4) == []
    assert batch_notes(build('simclr'), 64, 2, 1) == []


def test_chunks_say_whose_statistics_batch_norm_takes():
    encoder = dict(type='SharedPair', chunk_size=4)
    (note,) = batch_notes(build('simclr', encoder=encoder), 64, 1, 1)
    assert 'at most 4 images at a time' in note and 'statistics of batch norm are those of a chunk' in note
    groups = dict(type='GN', num_groups=2)
    plain = build(
        'simclr', encoder=encoder, backbone={**BACKBONE, 'norm_cfg': groups}, neck={**NECK, 'norm_cfg': None}
    )
    (note,) = batch_notes(plain, 64, 1, 1)
    assert 'batch norm' not in note


def test_the_runner_says_it_once(tmp_path):
    method = {**METHODS['simclr'], 'encoder': dict(type='SharedPair', chunk_size=3)}
    model = dict(
        method,
        backbone={**BACKBONE, 'strides': (1, 1, 1, 1)},
        neck=NECK,
        data_preprocessor=dict(mean=[127.5], std=[64.0]),
    )
    runner = build_runner(tmp_path, accumulation=2)
    model['data_preprocessor']['views'] = runner.cfg.model.data_preprocessor.views
    runner = build_runner(tmp_path / 'run', {'model': dict(model, _delete_=True)}, accumulation=2)
    runner.train()
    log = next(tmp_path.glob('run/*/*.log')).read_text()
    assert log.count('chunk_size=3: the loss sees') == log.count('adds up the gradients of batches') == 1
