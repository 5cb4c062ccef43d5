"""Follows layers through the information plane while training."""

from collections.abc import Sequence

import numpy as np
import torch
from mmengine.runner import Runner
from mmpretrain.utils import get_ori_model
from torch import Tensor, nn
from torch.utils.data import DataLoader

from mmcl.engine.extract import extract, extraction_loader, transforms_of
from mmcl.evaluation.information_plane import ESTIMATORS, draw
from mmcl.models.necks import pool
from mmcl.registry import HOOKS
from mmcl.utils.errors import expect, expect_each
from mmcl.utils.keyed_random import fixed_choice
from mmcl.utils.near_match import near_matches

from .rows_hook import RowsHook


@HOOKS.register_module()
class InformationPlaneHook(RowsHook):
    """Estimate what layers tell of the image and of its class, I(X; T) and I(T; Y), over a run (https://arxiv.org/abs/1703.00810).

    The same labelled training images pass the network in evaluation mode before training and every ``interval`` iterations. Numbers go into
    the log, ``information_plane.json`` and ``.png`` in the work dir, each beside the estimator and its bins or noise, without which they
    mean nothing: that a layer first learns and then forgets has been seen with saturating units and binning, and mostly not with ReLU
    (Saxe et al. 2018); maps are averaged over space first, and layers that are cut differently need not be in the order that data
    processing gives them.

    Args:
        layers (Sequence[str]): Names of modules that an image passes up to the end of the neck, e.g. ``['backbone.layer4', 'neck']``.
        estimator (str): 'binning' or 'kde', see :mod:`mmcl.evaluation.information_plane`. Defaults to 'binning'.
        interval (int): Iterations between two looks, >= 1. Defaults to 100.
        num_images (int): Images at most, a fixed random choice, >= 2; 'kde' takes time with their square. Defaults to 1000.
        bins (int): Of 'binning', >= 2. Defaults to 30.
        bounds (tuple[float, float], optional): Of 'binning'. Defaults to None: each layer's own range at that time.
        noise (float): sigma of 'kde', > 0. Defaults to 0.3.
        pipeline (Sequence, optional): The view that is looked at. Defaults to None: the evaluation's, or without one the training pipeline.

    Raises:
        InputError: A setting out of range, or a layer that the model lacks or that images do not pass.
    """

    file = 'information_plane'

    def __init__(
        self,
        layers: Sequence[str],
        estimator: str = 'binning',
        interval: int = 100,
        num_images: int = 1000,
        bins: int = 30,
        bounds: tuple[float, float] | None = None,
        noise: float = 0.3,
        pipeline: Sequence | None = None,
    ) -> None:
        super().__init__()
        expect_each(
            'InformationPlaneHook has',
            'Set {name} of the hook',
            ('layers', layers, len(layers) > 0, 'a name or more'),
            ('estimator', estimator, estimator in ESTIMATORS, ' or '.join(map(repr, ESTIMATORS))),
            ('interval', interval, interval >= 1, 'at least 1'),
            ('num_images', num_images, num_images >= 2, 'at least 2'),
        )
        self.layers, self.interval, self.num_images, self.pipeline = (
            list(layers),
            interval,
            num_images,
            pipeline,
        )
        self._estimate = ESTIMATORS[estimator]
        if estimator == 'binning':
            self._settings = dict(bins=bins, bounds=bounds)
            ends = (
                f'between {bounds[0]:g} and {bounds[1]:g}'
                if bounds
                else "over each layer's range at the time"
            )
            self._about = f'{bins} bins {ends}'
        else:
            self._settings = dict(noise=noise)
            self._about = f'kernel density, noise of standard deviation {noise:g}'
        self._estimate(
            torch.zeros(2, 1), torch.zeros(2, dtype=torch.int64), **self._settings
        )  # or an error now
        self._loader: DataLoader | None = None

    def about(self) -> dict:
        """How the numbers are estimated."""
        return dict(about=f'{self._about}, {self.num_images} images at most')

    def draw(self, run: str, path: str) -> None:
        """Plot the plane."""
        draw({run: dict(self.about(), rows=self.rows)}, path)

    def before_train(self, runner: Runner) -> None:
        """Find the layers; note the untrained network."""
        modules = dict(get_ori_model(runner.model).named_modules())
        for layer in self.layers:
            near = near_matches(layer, list(modules))
            expect(
                layer in modules,
                f'InformationPlaneHook has the layer {layer!r}',
                'the name of a module of the model',
                f'Did you mean {near[0]!r}?' if near else f'Choose among {", ".join(list(modules)[1:6])} ...',
            )
        if not self.rows and runner.iter == 0:
            self._note(runner, 0)

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch=None, outputs=None) -> None:
        """Look, if it is time."""
        if self.every_n_train_iters(runner, self.interval):
            self._note(runner, runner.iter + 1)

    def _note(self, runner: Runner, iteration: int) -> None:
        learner = get_ori_model(runner.model)
        if self._loader is None:
            self._loader = self._build_loader(runner)
        widths: dict[str, int] = {}
        features, labels, seen = extract(
            learner, self._loader, lambda images: self._activations(learner, images, widths)
        )
        known = seen & (labels >= 0)
        parts = features[known].split(list(widths.values()), dim=1)
        found = {
            layer: self._estimate(part, labels[known], **self._settings) for layer, part in zip(widths, parts)
        }
        self.rows.append(dict(iter=iteration, layers=found))
        told = '; '.join(
            f'{layer} {numbers["i_xt"]:.2f}, {numbers["i_ty"]:.2f}{" (saturated)" * bool(numbers["saturated"])}'
            for layer, numbers in found.items()
        )
        runner.logger.info(f'I(X; T), I(T; Y) in nats of {int(known.sum())} images, by {self._about}: {told}')

    def _activations(self, learner: nn.Module, images: Tensor, widths: dict[str, int]) -> Tensor:
        """What the layers make of images, side by side, (n, sum of widths); fills ``widths``."""
        made: dict[str, Tensor] = {}
        handles = [
            learner.get_submodule(layer).register_forward_hook(
                lambda module, inputs, outputs, layer=layer: made.update({layer: pool(outputs).float()})
            )
            for layer in self.layers
        ]
        try:
            learner.project(images)
        finally:
            for handle in handles:
                handle.remove()
        for layer in self.layers:
            expect(
                layer in made and made[layer].dim() == 2,
                f'InformationPlaneHook has the layer {layer!r}, which images do not pass, or whose output is no map or vector',
                'a module on the way to the end of the neck',
                'Change layers of the hook',
            )
            widths[layer] = made[layer].shape[1]
        return torch.cat([made[layer] for layer in self.layers], dim=1)

    def _build_loader(self, runner: Runner) -> DataLoader:
        training = runner.train_dataloader
        pipeline = self.pipeline
        if pipeline is None and runner.val_loop is not None:
            pipeline = transforms_of(runner.val_loop.dataloader.dataset)
        settings = dict(batch_size=min(5 * training.batch_size, 256), num_workers=0, pipeline=pipeline)
        loader = extraction_loader(training.dataset, **settings)
        labelled = np.flatnonzero(loader.dataset.get_gt_labels() >= 0)
        expect(
            len(labelled) > 1,
            'InformationPlaneHook has no labelled training images',
            'images of known classes',
            'Take the hook out of custom_hooks',
        )
        return extraction_loader(
            loader.dataset,
            settings['batch_size'],
            subset=fixed_choice(labelled, min(self.num_images, len(labelled))),
        )
