"""The template of methods that compare several senses of a scene, each with a network of its own."""

from typing import List

from mmpretrain.structures import DataSample
from torch import Tensor

from mmcl.structures import Inputs, single_view
from mmcl.utils.errors import expect_each

from .pair import PairLearner


class ViewGraph(PairLearner):
    """Which views are compared with which: CMC's core or full graph (https://arxiv.org/abs/1906.05849, section 3.3).

    The backbone is a :class:`ViewBackbones`. The losses of all pairs are added.

    Args:
        num_views (int): V, >= 2. Defaults to 2.
        graph (str): 'core', the first view against each other one and back, or 'full', all against all. Defaults to 'core'.
        **kwargs: See :class:`PairLearner`; ``pairs`` follow from the two arguments above.

    Raises:
        InputError: A number of views below 2, or another ``graph``.
    """

    sum_over_pairs = True

    def __init__(self, *args, num_views: int = 2, graph: str = 'core', **kwargs) -> None:
        expect_each(
            f'{type(self).__name__} has',
            'Set model.{name}',
            ('num_views', num_views, num_views >= 2, 'at least 2'),
            ('graph', graph, graph in ('core', 'full'), "'core' or 'full'"),
        )
        views = range(num_views)
        pairs = [(a, b) for a in views for b in views if a != b and (graph == 'full' or 0 in (a, b))]
        super().__init__(*args, pairs=pairs, **kwargs)
        self.num_views = num_views

    def prepare(self, inputs: Inputs, data_samples: List[DataSample]) -> List[Tensor]:
        """One image a view; the same for all where views are channels of it."""
        if self.backbone.channels is not None and (isinstance(inputs, Tensor) or len(inputs) == 1):
            inputs = [single_view(inputs, type(self).__name__)] * self.num_views
        return super().prepare(inputs, data_samples)
