"""The bank's first rows, in a real run."""

import logging
from types import SimpleNamespace

import torch
import torch.nn.functional as F

from mmcl.engine.extract import extract, extraction_loader
from mmcl.engine.hooks import BankHook
from mmcl.models.memories import MemoryBank
from tests.test_evaluation.tiny import NUM_CLASSES, BlobImages, PixelLearner


def make_runner(memory=True):
    learner = PixelLearner((NUM_CLASSES,))
    dataset = BlobImages(30, noise=5)
    dim = learner.embed(torch.zeros(1, 3, *dataset[0]['inputs'].shape[1:])).shape[1]
    if memory:
        learner.memory = MemoryBank(dim, num_samples=30)
    return SimpleNamespace(
        model=learner,
        train_dataloader=extraction_loader(dataset, 8),
        logger=logging.getLogger('bank'),
    )


def test_the_bank_starts_from_the_networks_embeddings_of_all_images():
    runner = make_runner()
    BankHook().before_train(runner)
    learner = runner.model
    features = extract(learner, runner.train_dataloader, learner.embed).features
    torch.testing.assert_close(learner.memory.bank, F.normalize(features, dim=1))
    assert learner.memory.written.all()


def test_a_bank_that_was_written_to_is_left_alone():
    runner = make_runner()
    runner.model.memory.written[3] = True
    before = runner.model.memory.bank.clone()
    BankHook().before_train(runner)
    assert torch.equal(runner.model.memory.bank, before)


def test_a_model_without_a_bank_gets_a_warning(caplog):
    BankHook().before_train(make_runner(memory=False))
    assert 'has no memory bank' in caplog.text
