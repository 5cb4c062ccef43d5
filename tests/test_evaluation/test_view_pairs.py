"""Metrics of pairs of views, and the hook that makes the pairs."""

import logging
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F

from mmcl.datasets.transforms import RandomView
from mmcl.engine.extract import extraction_loader
from mmcl.engine.hooks import ViewPairHook
from mmcl.evaluation import AlignUniformMetric
from mmcl.models.losses import alignment, uniformity
from mmcl.utils.errors import InputError
from mmcl.utils.keyed_random import mix
from tests.test_evaluation.tiny import BlobImages, PixelLearner

VIEW = dict(type='RandomView', size=4, crop_scale=(0.3, 1.0), flip_prob=0.5)
PIXELS = dict(type='ViewPreprocessor', mean=[127.5], std=[64.0])


class Projecting(PixelLearner):
    """Projects to twice the features, so that lengths matter."""

    def project(self, images):
        return 2 * self.features(images)


def make_runner(held_out, in_pipeline=False, metrics=None, views=2):
    """As much of a runner as the hook looks at."""
    recipes = [VIEW] * views
    steps = [dict(type='MultiView', views=recipes)] if in_pipeline else []
    train = BlobImages(8, pipeline=[*steps, dict(type='PackViews')])
    evaluator = SimpleNamespace(metrics=[AlignUniformMetric()] if metrics is None else metrics)
    loop = SimpleNamespace(evaluator=evaluator, dataloader=extraction_loader(held_out, 5))
    return SimpleNamespace(
        _train_loop=None,
        _train_dataloader=dict(dataset=train),
        model=Projecting(data_preprocessor=dict(PIXELS, views=None if in_pipeline else recipes)),
        val_loop=loop,
        test_loop=loop,
        logger=logging.getLogger('pairs'),
    )


def slow_views(held_out, number):
    """View ``number`` of each held-out image, one at a time."""
    recipe = RandomView(**{key: value for key, value in VIEW.items() if key != 'type'})
    rows = []
    for index in range(len(held_out)):
        key = int(mix(0, 0, index)) >> 1
        made = recipe(dict(img=held_out.images[index], view_key=key, view_number=number))['img']
        rows.append((torch.from_numpy(made).float().flatten() - 127.5) / 64)
    return F.normalize(torch.stack(rows), dim=1)


@pytest.mark.parametrize('in_pipeline', [True, False])
def test_numbers_are_those_of_two_training_views_of_the_held_out_images(in_pipeline):
    held_out = BlobImages(13, seed=9)
    runner = make_runner(held_out, in_pipeline)
    ViewPairHook().before_val_epoch(runner)
    (metric,) = runner.val_loop.evaluator.metrics
    found = metric.evaluate(13)
    one, other = slow_views(held_out, 0), slow_views(held_out, 1)
    # pixels are rounded in a pipeline and not on the device
    assert found['views/alignment'] == pytest.approx(alignment(one, other).item(), abs=0.01)
    assert found['views/uniformity'] == pytest.approx(uniformity(one).item(), abs=0.01)
    assert metric.protocol['views'] == dict(num_images=13, alpha=2.0, t=2.0, layer='projection', views=[0, 1])
    assert metric.evaluate(13) == {}  # pairs of an earlier evaluation do not count again


def test_every_evaluation_sees_the_same_views_and_leaves_no_trace():
    runner, hook = make_runner(BlobImages(9)), ViewPairHook(layer='backbone')
    runner.model.train()
    state, found = torch.get_rng_state(), []
    for _ in range(2):
        hook.before_test_epoch(runner)
        found.append(runner.test_loop.evaluator.metrics[0].evaluate(9))
    assert found[0] == found[1]
    assert torch.equal(torch.get_rng_state(), state) and runner.model.training


def test_of_many_images_a_fixed_choice_is_taken():
    metrics = []
    for _ in range(2):
        runner = make_runner(BlobImages(30))
        ViewPairHook(max_images=10).before_val_epoch(runner)
        metrics.append(runner.val_loop.evaluator.metrics[0])
    assert metrics[0].protocol['views']['num_images'] == 10
    assert metrics[0].evaluate(10) == metrics[1].evaluate(10)


def test_collapse_and_its_opposite_are_seen():
    metric = AlignUniformMetric()
    metric.set_pair(torch.ones(6, 3), torch.ones(6, 3))
    assert metric.evaluate(6) == pytest.approx({'views/alignment': 0, 'views/uniformity': 0}, abs=1e-6)
    pair = torch.tensor([[1.0, 0], [-2, 0]])
    metric.set_pair(pair, -pair)
    assert metric.evaluate(2) == pytest.approx({'views/alignment': 4, 'views/uniformity': -8}, abs=1e-5)


def test_an_evaluator_without_such_a_metric_is_left_alone_with_a_warning(caplog):
    ViewPairHook().before_val_epoch(make_runner(BlobImages(8), metrics=[]))
    assert 'no ViewPairMetric' in caplog.text


def test_a_recipe_with_one_view_and_wrong_settings_get_a_sentence():
    with pytest.raises(InputError, match='makes 1 view'):
        ViewPairHook().before_val_epoch(make_runner(BlobImages(8), views=1))
    runner = make_runner(BlobImages(8))
    runner.model = PixelLearner()
    with pytest.raises(InputError, match="layer='projection' of a PixelLearner"):
        ViewPairHook().before_val_epoch(runner)
    for bad in (dict(layer='neck'), dict(views=(0,)), dict(max_images=1)):
        with pytest.raises(InputError, match=next(iter(bad))):
            ViewPairHook(**bad)
