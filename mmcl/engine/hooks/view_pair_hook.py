"""Embeds two views of each held-out image before an evaluation."""

from collections.abc import Sequence

import numpy as np
from mmengine.runner import Runner
from mmengine.runner.base_loop import BaseLoop
from mmpretrain.utils import get_ori_model
from torch.utils.data import DataLoader

from mmcl.engine.extract import extraction_loader, transforms_of
from mmcl.engine.view_pairs import LAYERS, embed_views, layer_of
from mmcl.evaluation.view_pairs import ViewPairMetric
from mmcl.registry import HOOKS
from mmcl.utils.errors import expect_each
from mmcl.utils.keyed_random import fixed_choice

from .evaluation_feed import LoaderFeed
from .knn_hook import training_set


@HOOKS.register_module()
class ViewPairHook(LoaderFeed):
    """Make two training views of each image of the evaluation, embed them, and hand them to every ``ViewPairMetric``.

    The views are those of the training recipe, drawn from the images' own keys: the same at every evaluation. The network is in
    evaluation mode; all processes share the work, and random states and training modes are left as they were.

    Args:
        layer (str): 'projection', the online network's, which the loss sees, or 'backbone', pooled. Defaults to 'projection'.
        views (Sequence[int]): Which two views of the recipe. Defaults to (0, 1).
        max_images (int): Images at most, >= 2; of more, a fixed random choice is taken. Defaults to 10,000.

    Raises:
        InputError: An unknown ``layer``, a ``max_images`` below 2, or fewer views in the recipe than ``views`` names.
    """

    metric = ViewPairMetric

    def __init__(
        self, layer: str = 'projection', views: Sequence[int] = (0, 1), max_images: int = 10_000
    ) -> None:
        expect_each(
            'ViewPairHook has',
            'Set {name} of the hook',
            ('layer', layer, layer in LAYERS, ' or '.join(map(repr, LAYERS))),
            ('views', views, len(views) == 2 and min(views) >= 0, 'two numbers of views, e.g. (0, 1)'),
            ('max_images', max_images, max_images >= 2, 'at least 2'),
        )
        self.layer = layer
        self.views = tuple(views)
        self.max_images = max_images

    def feed(self, runner: Runner, loop: BaseLoop, metrics: list) -> None:
        """Hand over the pairs."""
        learner = get_ori_model(runner.model)
        embed = layer_of(learner, self.layer)
        first, second = embed_views(learner, self.loader(runner, loop), embed, self.views)
        for metric in metrics:
            metric.set_pair(first, second, layer=self.layer, views=list(self.views))

    def build_loader(self, runner: Runner, evaluated: DataLoader) -> DataLoader:
        """Of the evaluation's images, in the training pipeline."""
        training = training_set(runner)
        pipeline = training['pipeline'] if isinstance(training, dict) else transforms_of(training)
        settings = dict(batch_size=evaluated.batch_size, num_workers=evaluated.num_workers)
        size, subset = len(evaluated.dataset), None
        if size > self.max_images:
            subset = fixed_choice(np.arange(size), self.max_images)
        return extraction_loader(evaluated.dataset, pipeline=pipeline, subset=subset, **settings)
