import json

import pytest
from mmengine.logging import MMLogger

from mmcl.engine.log import quiet
from tests.test_engine.tiny import build


def test_images_a_second_are_the_batch_over_the_time_and_histories_stay_short(tmp_path):
    runner = build(tmp_path)
    runner.train()
    lines = next(tmp_path.glob('*/vis_data/scalars.json')).read_text().splitlines()
    lines = [line for line in map(json.loads, lines) if 'images/s' in line]
    assert len(lines) == 4
    for line in lines:
        assert line['images/s'] * line['time'] == pytest.approx(runner.train_dataloader.batch_size)
    assert runner.message_hub.get_scalar('train/loss').max_length == 10_000


def test_tables_are_left_out_except_at_debug(tmp_path):
    for level, expected in (('INFO', False), ('DEBUG', True)):
        path = tmp_path / level
        logger = quiet(MMLogger(f'test_quiet_{level}', log_file=str(path), log_level=level))
        logger.info('Hooks will be executed in the following order:\n...')
        logger.info('loss: 1')
        text = path.read_text()
        assert 'loss: 1' in text and ('Hooks will' in text) == expected
