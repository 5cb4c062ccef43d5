from types import SimpleNamespace

from mmengine.logging import MessageHub, MMLogger

from mmcl.engine.log import ThroughputLogProcessor, quiet


def test_images_a_second_are_those_of_all_processes():
    hub = MessageHub('test_images_a_second')
    for seconds in (0.4, 0.6):
        hub.update_scalar('train/time', seconds)
    hub.update_scalar('train/loss', 1.0)
    loop = SimpleNamespace(iter=1, epoch=0)
    runner = SimpleNamespace(
        message_hub=hub,
        train_loop=loop,
        world_size=2,
        iter=1,
        epoch=0,
        max_epochs=1,
        _train_loop=None,
        train_dataloader=type('Loader', (), dict(batch_size=100, __len__=lambda self: 10))(),
    )
    tag, text = ThroughputLogProcessor(window_size=2).get_log_after_iter(runner, 1, 'train')
    assert tag['images/s'] == 400 and text.endswith('images/s: 400')
    assert hub.get_scalar('train/loss').max_length == 10_000


def test_tables_are_left_out_except_at_debug(tmp_path):
    for level, expected in (('INFO', False), ('DEBUG', True)):
        path = tmp_path / level
        logger = quiet(MMLogger(f'test_quiet_{level}', log_file=str(path), log_level=level))
        logger.info('Hooks will be executed in the following order:\n...')
        logger.info('loss: 1')
        text = path.read_text()
        assert 'loss: 1' in text and ('Hooks will' in text) == expected
