"""The hook that clusters before an epoch."""

import logging
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
import torch

from mmcl.engine.extract import extraction_loader
from mmcl.engine.hooks import ClusteringHook
from mmcl.evaluation import concentration, kmeans
from mmcl.models.memories import ClusterTree
from mmcl.utils.errors import InputError
from tests.test_evaluation.tiny import NUM_CLASSES, BlobImages, PixelLearner


def make_runner(dataset=None, num_clusters=(NUM_CLASSES, 9), epoch=0):
    """As much of a runner as the hook looks at."""
    return SimpleNamespace(
        model=PixelLearner(num_clusters),
        epoch=epoch,
        train_dataloader=extraction_loader(dataset or BlobImages(90, noise=5), 16),
        logger=logging.getLogger('clustering'),
        optim_wrapper=SimpleNamespace(optim_context=lambda model: nullcontext()),
    )


def cluster(runner, **settings):
    hook = ClusteringHook(**{'warmup_epochs': 0, **settings})
    hook.before_train(runner)
    hook.before_train_epoch(runner)
    return hook


def test_clusters_of_obvious_classes_are_the_classes():
    runner = make_runner()
    cluster(runner, nredo=5, temperature=0.3)
    level = runner.model.clusters[0]
    truth = runner.train_dataloader.dataset.gt_labels.tolist()
    assert len(set(zip(level.assignments.tolist(), truth))) == NUM_CLASSES
    assert torch.allclose(level.centroids.norm(dim=1), torch.ones(NUM_CLASSES))
    assert float(level.density.mean()) == pytest.approx(0.3, rel=1e-5)
    assert int(runner.model.clusters.epoch) == 0
    assert len(runner.model.clusters[1].centroids) == 9


def test_first_clustering_comes_after_the_warm_up():
    runner = make_runner(epoch=1)
    hook = cluster(runner, warmup_epochs=2)
    assert not runner.model.clusters.ready
    runner.epoch = 2
    hook.before_train_epoch(runner)
    assert runner.model.clusters.ready


def test_clusters_of_this_epoch_are_kept_as_a_resume_finds_them():
    runner = make_runner()
    hook = cluster(runner)
    kept = runner.model.clusters.assignments_0
    hook.before_train_epoch(runner)
    assert runner.model.clusters.assignments_0 is kept
    runner.epoch = 1
    hook.before_train_epoch(runner)
    assert runner.model.clusters.assignments_0 is not kept


def test_interval_counts_from_the_warm_up():
    runner = make_runner(epoch=3)
    hook = cluster(runner, warmup_epochs=3, interval=2)
    clustered = []
    for runner.epoch in range(3, 8):
        hook.before_train_epoch(runner)
        clustered.append(int(runner.model.clusters.epoch))
    assert clustered == [3, 3, 5, 5, 7]


def test_k_is_lowered_on_small_data_with_one_warning(caplog):
    runner = make_runner(num_clusters=(4, 500))
    hook = cluster(runner, min_points=15)
    assert [len(level.density) for level in runner.model.clusters] == [4, 6]
    assert 'num_clusters=[4, 500] is lowered to [4, 6]' in caplog.text
    caplog.clear()
    runner.epoch = 1
    hook.before_train_epoch(runner)
    assert 'lowered' not in caplog.text


def test_unreadable_images_belong_to_no_cluster():
    dataset = BlobImages(90)
    dataset.full_init()
    dataset._failed[[3, 8]] = True
    runner = make_runner(dataset)
    cluster(runner)
    assert (runner.model.clusters[0].assignments < 0).nonzero()[:, 0].tolist() == [3, 8]


def test_the_clustered_view_is_the_hooks_pipeline():
    dataset = BlobImages(90, pipeline=[lambda results: pytest.fail('the training pipeline was used')])
    runner = make_runner(dataset)
    cluster(runner, pipeline=[dict(type='PackViews')])
    assert runner.model.clusters.ready


def test_random_states_and_training_mode_are_left_as_they_were():
    runner = make_runner()
    runner.model.train()
    state = torch.get_rng_state()
    cluster(runner, engine='torch')
    assert torch.equal(torch.get_rng_state(), state)
    assert runner.model.training


def test_a_model_without_clusters_is_left_alone_with_a_warning(caplog):
    cluster(make_runner(num_clusters=None))
    assert 'the model has no clusters' in caplog.text


def test_times_are_logged_apart(caplog):
    with caplog.at_level(logging.INFO):
        cluster(make_runner())
    assert all(part in caplog.text for part in ('Embeddings took', 'k-means', 'concentrations'))


def test_one_image_cannot_be_clustered():
    with pytest.raises(InputError, match='1 readable image'):
        cluster(make_runner(BlobImages(1)))


def test_a_tree_clusters_the_centroids_of_the_level_below():
    runner = make_runner()
    runner.model.clusters = ClusterTree([20, 9, 4])
    cluster(runner, min_points=2, nredo=2, temperature=0.3)
    levels = list(runner.model.clusters)
    assert [len(level.centroids) for level in levels] == [20, 9, 4]
    for number, (lower, upper) in enumerate(zip(levels, levels[1:]), start=1):
        assert torch.equal(upper.assignments, lower.parents[lower.assignments])
        again = kmeans(lower.centroids, len(upper.centroids), seed=number, nredo=2)
        assert torch.equal(lower.parents, again.assignments)
        assert torch.allclose(
            upper.centroids, torch.nn.functional.normalize(again.centroids, dim=1), atol=1e-6
        )
        # concentration is that of a cluster's children, not of its images
        density = concentration(again.squared_distances, again.assignments, len(upper.centroids), 10, 0.3)
        assert torch.allclose(upper.density, density)
        assert float(upper.density.mean()) == pytest.approx(0.3, rel=1e-5)


def test_a_tree_of_few_images_has_no_level_larger_than_the_one_below():
    dataset = BlobImages(40)
    dataset.full_init()
    dataset._failed[[3, 8]] = True
    runner = make_runner(dataset)
    runner.model.clusters = ClusterTree([20, 15, 3])
    cluster(runner, min_points=5)
    levels = list(runner.model.clusters)
    assert [len(level.centroids) for level in levels] == [7, 7, 3]
    assert all((level.assignments < 0).nonzero()[:, 0].tolist() == [3, 8] for level in levels)


@pytest.mark.parametrize(
    'bad',
    [dict(interval=0), dict(niter=0), dict(temperature=0), dict(engine='sklearn'), dict(warmup_epochs=-1)],
)
def test_settings_out_of_range_are_refused_with_their_value(bad):
    ((name, value),) = bad.items()
    with pytest.raises(InputError, match=f'{name}={value!r}'):
        ClusteringHook(**bad)
