"""Extraction, kNN and clustering on two gloo processes give what one process gives."""

import logging
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
import torch
from mmengine.registry import init_default_scope

from mmcl.engine.extract import extract, extraction_loader
from mmcl.engine.hooks import ClusteringHook, KNNHook
from mmcl.evaluation import KNNMetric
from tests.test_evaluation.tiny import BlobImages, PixelLearner


def evaluate() -> dict:
    """Everything that shares work between processes, on 31 and 13 images: odd, so the samplers pad."""
    init_default_scope('mmcl')
    torch.manual_seed(0)
    train, test = BlobImages(31, noise=60), BlobImages(13, seed=9, noise=60)
    train.full_init()
    train._failed[7] = True
    learner = PixelLearner(num_clusters=[3, 5])
    metric = KNNMetric(k=4)
    runner = SimpleNamespace(
        model=learner,
        epoch=0,
        logger=logging.getLogger('two'),
        optim_wrapper=SimpleNamespace(optim_context=lambda model: nullcontext()),
        cfg={},
        _train_loop=None,
        _train_dataloader=dict(dataset=train),
        train_dataloader=extraction_loader(train, 4),
        val_loop=SimpleNamespace(
            evaluator=SimpleNamespace(metrics=[metric]), dataloader=extraction_loader(test, 4)
        ),
    )
    KNNHook().before_val_epoch(runner)
    learner.eval()
    for batch in runner.val_loop.dataloader:
        predicted = learner(**learner.data_preprocessor(batch, False), mode='predict')
        metric.process(None, [sample.to_dict() for sample in predicted])
    metrics = metric.evaluate(len(test))
    hook = ClusteringHook(warmup_epochs=0, min_points=5)
    hook.before_train(runner)
    hook.before_train_epoch(runner)
    return dict(
        extracted=list(extract(learner, runner.train_dataloader, learner.features)),
        bank=metric.bank,
        metrics=metrics,
        protocol=metric.protocol,
        clusters=learner.clusters.state_dict(),
    )


def run_process(rank: int, folder: str) -> None:
    """One of two processes: evaluate and write the result down."""
    torch.set_num_threads(1)
    torch.distributed.init_process_group('gloo', f'file://{folder}/meet', rank=rank, world_size=2)
    torch.save(evaluate(), f'{folder}/{rank}.pt')
    torch.distributed.destroy_process_group()


@pytest.fixture(scope='module')
def results(tmp_path_factory):
    """What one process finds, and what each of two finds."""
    folder = str(tmp_path_factory.mktemp('two'))
    torch.multiprocessing.spawn(run_process, (folder,), nprocs=2)
    return [evaluate()] + [torch.load(f'{folder}/{rank}.pt', weights_only=True) for rank in range(2)]


def test_rows_are_complete_in_order_and_of_unit_length(results):
    one, *both = results
    for two in both:
        for mine, theirs in zip(one['extracted'], two['extracted']):
            assert torch.allclose(mine.float(), theirs.float(), atol=1e-6)
        features, _, seen = two['extracted']
        assert seen.tolist() == [i != 7 for i in range(31)]
        assert torch.allclose(features[seen].norm(dim=1), torch.ones(30))
        assert torch.allclose(one['bank'], two['bank'], atol=1e-6)


def test_accuracy_counts_each_image_once(results):
    one, *both = results
    assert 0 < one['metrics']['knn/top1'] < 100
    for two in both:
        assert two['metrics'] == one['metrics']
        assert two['protocol'] == one['protocol']
        assert two['protocol']['num_queries'] == 13


def test_all_processes_hold_the_clusters_of_rank_zero(results):
    one, *both = results
    assert one['clusters']['centroids_1'].shape == (5, 16)
    for name, value in one['clusters'].items():
        assert torch.equal(both[0]['clusters'][name], both[1]['clusters'][name])
        assert torch.allclose(both[0]['clusters'][name].float(), value.float(), atol=1e-5)
