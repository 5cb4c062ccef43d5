"""Watches how far embeddings have collapsed while training."""

import torch
from mmengine.runner import Runner
from mmpretrain.utils import get_ori_model

from mmcl.evaluation.center_residual import collapse_statistics, draw
from mmcl.registry import HOOKS
from mmcl.utils.dist import gather
from mmcl.utils.errors import expect

from .rows_hook import RowsHook


@HOOKS.register_module()
class CenterResidualHook(RowsHook):
    """Note the centre and the residuals of the embeddings of a step, as the loss sees them (https://arxiv.org/abs/2203.16262).

    What the encoder gave in a step is looked at, so no network runs twice; batches of all processes count together, all views that have a
    key too. The numbers of :func:`~mmcl.evaluation.center_residual.collapse_statistics` go into the log, and after every epoch into
    ``center_residual.json`` and, as a plot, ``center_residual.png`` in the work dir. They are kept in checkpoints, so a resumed run has
    them all.

    Args:
        interval (int): Iterations between two looks, >= 1. Defaults to 50.

    Raises:
        InputError: ``interval`` < 1.
    """

    file = 'center_residual'

    def __init__(self, interval: int = 50) -> None:
        super().__init__()
        given = f'CenterResidualHook has interval={interval}'
        expect(interval >= 1, given, 'at least 1', 'Set interval of the hook')
        self.interval = interval
        self._seen = self._handle = None

    def before_train(self, runner: Runner) -> None:
        """Watch the learner's encoder."""
        encoder = getattr(get_ori_model(runner.model), 'encoder', None)
        if encoder is None:
            runner.logger.warning('CenterResidualHook has nothing to do: the model has no encoder.')
            return

        def look(module, inputs, outputs) -> None:
            if self.every_n_inner_iters(runner.iter, self.interval):
                self._seen = outputs

        self._handle = encoder.register_forward_hook(look)

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch=None, outputs=None) -> None:
        """Compute the numbers, if it is time."""
        if self._seen is None:
            return
        (queries, keys), self._seen = self._seen, None
        both = [view for view in sorted(keys) if view in queries]
        predicted = getattr(get_ori_model(runner.model), 'predictor', None) is not None and both
        views = both if predicted else sorted(keys)
        numbers = collapse_statistics(
            gather(torch.cat([keys[view] for view in views])),
            gather(torch.cat([queries[view] for view in views])) if predicted else None,
        )
        self.rows.append(dict(iter=runner.iter + 1, **numbers))
        for name, value in numbers.items():
            if name != 'spread':  # every step logs that
                runner.message_hub.update_scalar(f'train/{name}', value)

    def draw(self, run: str, path: str) -> None:
        """Plot the numbers over the iterations."""
        draw({run: self.rows}, path)

    def after_train(self, runner: Runner) -> None:
        """Leave the encoder alone."""
        if self._handle is not None:
            self._handle.remove()
