"""Extraction: order, padding, modes, random states."""

import random

import numpy as np
import pytest
import torch
from mmengine.dataset import ConcatDataset

from mmcl.engine.extract import extract, extraction_loader, with_pipeline
from mmcl.utils.errors import InputError
from tests.test_evaluation.tiny import BlobImages, PixelLearner


def slow_features(dataset, learner):
    learner.eval()
    rows = []
    for i in range(len(dataset)):
        image = torch.from_numpy(dataset.images[i]).float().permute(2, 0, 1)[None]
        rows.append(learner.features((image - 127.5) / 64)[0])
    return torch.stack(rows)


def test_rows_are_in_dataset_order_whatever_order_the_loader_takes():
    dataset, learner = BlobImages(23), PixelLearner()
    loader = extraction_loader(dataset, batch_size=5)
    loader.sampler.shuffle = True
    features, labels, seen = extract(learner, loader, learner.features)
    assert features.dtype == torch.float32 and labels.dtype == torch.int64
    assert torch.allclose(features, slow_features(dataset, learner), atol=1e-6)
    assert labels.tolist() == dataset.gt_labels.tolist()
    assert seen.all()


def test_an_image_seen_twice_counts_once():
    dataset, learner = BlobImages(10), PixelLearner()
    loader = extraction_loader(dataset, batch_size=4)
    twice = [loader.dataset[i] for i in [*range(10), 0, 1, 1]]
    repeated = torch.utils.data.DataLoader(twice, batch_size=4, collate_fn=loader.collate_fn)
    once = extract(learner, loader, learner.features)
    again = extract(learner, repeated, learner.features)
    assert torch.allclose(once.features, again.features[:10], atol=1e-7)


def test_an_unreadable_image_is_marked_and_takes_no_other_ones_row():
    dataset, learner = BlobImages(12), PixelLearner()
    whole = extract(learner, extraction_loader(dataset, 5), learner.features)
    dataset._failed[4] = True  # its place is taken by image 5, under that one's own index
    features, labels, seen = extract(learner, extraction_loader(dataset, 5), learner.features)
    assert seen.tolist() == [i != 4 for i in range(12)]
    assert torch.equal(features[seen], whole.features[seen])
    assert not features[4].any() and labels[4] == -1


def test_a_subset_gives_the_rows_of_its_images_only():
    dataset, learner = BlobImages(12), PixelLearner()
    whole = extract(learner, extraction_loader(dataset, 5), learner.features)
    chosen = np.array([1, 4, 9])
    dataset._failed[4] = True  # its replacement, 5, is not in the subset
    features, labels, seen = extract(learner, extraction_loader(dataset, 5, subset=chosen), learner.features)
    assert seen.tolist() == [True, False, True]
    assert torch.equal(features[seen], whole.features[chosen][seen])
    assert labels.tolist() == [dataset.gt_labels[1], -1, dataset.gt_labels[9]]


def test_random_states_and_modes_are_left_as_they_were():
    learner = PixelLearner().train()
    learner.frozen.eval()

    def draws():
        return random.random(), np.random.rand(), torch.rand(()).item()

    torch.manual_seed(3), np.random.seed(3), random.seed(3)
    expected = draws()
    torch.manual_seed(3), np.random.seed(3), random.seed(3)
    extract(learner, extraction_loader(BlobImages(9), 4), lambda x: learner.features(x) + torch.rand(1))
    assert draws() == expected
    assert learner.training and learner.drop.training and not learner.frozen.training


def test_dropout_is_off_while_extracting():
    learner = PixelLearner().train()
    features = extract(learner, extraction_loader(BlobImages(9), 4), learner.features).features
    assert torch.allclose(features, slow_features(BlobImages(9), learner), atol=1e-6)


def test_another_pipeline_shares_the_images():
    dataset = BlobImages(5)
    twin = with_pipeline(dataset, [dict(type='PackViews'), lambda results: {**results, 'mark': 1}])
    assert twin.images is dataset.images
    assert 'mark' in twin[0] and 'mark' not in dataset[0]


def test_several_views_an_image_are_refused():
    dataset, learner = BlobImages(5), PixelLearner()
    views = [*dataset.pipeline.transforms, lambda packed: {**packed, 'inputs': [packed['inputs']] * 2}]
    with pytest.raises(InputError, match='2 views'):
        extract(learner, extraction_loader(dataset, pipeline=views), learner.features)


def test_a_concatenation_whose_indices_repeat_is_refused():
    with pytest.raises(InputError, match='ConcatDataset gives the same sample_idx'):
        extraction_loader(ConcatDataset([BlobImages(5), BlobImages(5)]))


@pytest.mark.parametrize('changes', [dict(batch_size=0), dict(num_workers=-1)])
def test_a_batch_or_workers_below_what_can_be_get_a_sentence(changes):
    ((name, value),) = changes.items()
    with pytest.raises(InputError, match=f'{name}={value}.*at least'):
        extraction_loader(BlobImages(), **changes)
