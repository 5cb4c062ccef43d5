"""The hook that fills the kNN banks."""

import logging
from types import SimpleNamespace

import pytest
import torch

from mmcl.engine.extract import extraction_loader
from mmcl.engine.hooks import KNNHook
from mmcl.evaluation import KNNMetric
from mmcl.utils.errors import InputError
from tests.test_evaluation.tiny import BlobImages, PixelLearner


def make_runner(train, metrics=None, **changes):
    """As much of a runner as the hook looks at: training data not built yet, an evaluation loop."""
    evaluator = SimpleNamespace(metrics=[KNNMetric(k=5)] if metrics is None else metrics)
    loop = SimpleNamespace(evaluator=evaluator, dataloader=extraction_loader(BlobImages(12, seed=9), 4))
    settings = dict(
        _train_loop=dict(),
        _train_dataloader=dict(dataset=train),
        model=PixelLearner(),
        val_loop=loop,
        test_loop=loop,
        cfg={},
        logger=logging.getLogger('knn'),
    )
    return SimpleNamespace(**{**settings, **changes})


def bank(runner):
    return runner.val_loop.evaluator.metrics[0].bank


def test_bank_holds_the_training_images_seen_with_the_evaluations_view():
    train = BlobImages(30, pipeline=[lambda results: pytest.fail('the training pipeline was used')])
    runner = make_runner(train)
    KNNHook().before_val_epoch(runner)
    metric = runner.val_loop.evaluator.metrics[0]
    assert metric.bank.shape == (30, 16)
    assert metric.bank_labels.tolist() == train.gt_labels.tolist()
    assert metric.protocol['bank_size'] == 30
    assert metric.protocol['view'] == ['PackViews']
    assert metric.protocol['dataset'] == 'BlobImages'


def test_testing_fills_the_bank_from_a_config_too():
    runner = make_runner(dict(type='BlobImages', num=20))
    KNNHook().before_test_epoch(runner)
    assert len(bank(runner)) == 20


def test_every_knn_metric_gets_the_bank_and_obvious_classes_are_found():
    runner = make_runner(BlobImages(60), metrics=[KNNMetric(k=5), KNNMetric(k=1, prefix='nn')])
    KNNHook().before_val_epoch(runner)
    features = PixelLearner()
    for metric in runner.val_loop.evaluator.metrics:
        for batch in runner.val_loop.dataloader:
            data = features.data_preprocessor(batch, False)
            predicted = features.eval()(**data, mode='predict')
            metric.process(None, [sample.to_dict() for sample in predicted])
        assert metric.evaluate(12)[f'{metric.prefix}/top1'] > 90


def test_max_bank_takes_the_same_images_each_time_and_not_the_first_ones():
    banks = []
    for _ in range(2):
        runner = make_runner(BlobImages(40))
        hook = KNNHook(max_bank=10)
        hook.before_val_epoch(runner)
        banks.append(bank(runner))
        chosen = hook._loader.dataset.indices
    assert len(banks[0]) == 10
    assert torch.equal(*banks)
    assert chosen == sorted(chosen) and max(chosen) >= 20


def test_own_dataloader_replaces_the_training_set():
    runner = make_runner(BlobImages(30))
    KNNHook(bank_dataloader=dict(dataset=dict(type='BlobImages', num=7), batch_size=3)).before_val_epoch(
        runner
    )
    assert len(bank(runner)) == 7


def test_images_without_a_label_are_not_even_looked_at():
    train = BlobImages(20)
    train.full_init()
    train.gt_labels[5:] = -1
    runner = make_runner(train)
    hook = KNNHook()
    hook.before_val_epoch(runner)
    assert len(bank(runner)) == 5 and hook._loader.dataset.indices == list(range(5))


def test_without_labels_knn_is_off_and_the_log_says_so(caplog):
    runner = make_runner(BlobImages(20))
    hook = KNNHook()
    hook.before_val_epoch(runner)
    unlabelled = make_runner(BlobImages(20, known=False), val_loop=runner.val_loop)
    with caplog.at_level(logging.INFO):
        KNNHook().before_val_epoch(unlabelled)
    assert 'kNN is off' in caplog.text
    assert bank(runner) is None  # the old bank does not vote


def test_an_evaluator_without_knn_is_left_alone_with_a_warning(caplog):
    KNNHook().before_val_epoch(make_runner(BlobImages(20), metrics=[]))
    assert 'no KNNMetric' in caplog.text


def test_random_states_and_training_mode_are_left_as_they_were():
    runner = make_runner(BlobImages(20))
    runner.model.train()
    state = torch.get_rng_state()
    KNNHook().before_val_epoch(runner)
    assert torch.equal(torch.get_rng_state(), state)
    assert runner.model.training


def test_a_config_without_training_data_gets_a_sentence():
    runner = make_runner(None, _train_dataloader=None)
    with pytest.raises(InputError, match='without train_dataloader'):
        KNNHook().before_val_epoch(runner)


def test_max_bank_below_one_is_refused():
    with pytest.raises(ValueError, match='max_bank must be at least 1, got 0'):
        KNNHook(max_bank=0)
