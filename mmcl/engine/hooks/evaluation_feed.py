"""What hooks have in common that give the metrics of an evaluation something to compare with."""

from mmengine.evaluator import BaseMetric
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmengine.runner.base_loop import BaseLoop
from torch.utils.data import DataLoader


class EvaluationFeed(Hook):
    """Before every validation and test, hand the metrics of one kind what they need.

    Subclasses say which ``metric`` they feed, and what it is called where there is none, and feed; :class:`LoaderFeed` from a loader.
    """

    # Before IterTimerHook, which would count the feeding as the time of the first batch.
    priority = 'ABOVE_NORMAL'
    metric: type[BaseMetric]
    missing: str | None = None  # None: the metric's name

    def before_val_epoch(self, runner: Runner) -> None:
        """Feed the validation metrics."""
        self._feed_all(runner, runner.val_loop)

    def before_test_epoch(self, runner: Runner) -> None:
        """Feed the test metrics."""
        self._feed_all(runner, runner.test_loop)

    def _feed_all(self, runner: Runner, loop: BaseLoop) -> None:
        metrics = [metric for metric in loop.evaluator.metrics if isinstance(metric, self.metric)]
        if not metrics:
            runner.logger.warning(
                f'{type(self).__name__} has nothing to do: the evaluator holds no {self.missing or self.metric.__name__}.'
            )
            return
        self.feed(runner, loop, metrics)

    def feed(self, runner: Runner, loop: BaseLoop, metrics: list) -> None:
        """Hand ``metrics`` what they need."""
        raise NotImplementedError


class LoaderFeed(EvaluationFeed):
    """Feeds metrics with what a loader of its own gives, which subclasses build, once."""

    _loader: DataLoader | None = None

    def loader(self, runner: Runner, loop: BaseLoop) -> DataLoader:
        """The loader of what the metrics compare with."""
        if self._loader is None:
            self._loader = self.build_loader(runner, loop.dataloader)
        return self._loader

    def build_loader(self, runner: Runner, evaluated: DataLoader) -> DataLoader:
        """Build it; ``evaluated`` is the evaluation's own."""
        raise NotImplementedError
