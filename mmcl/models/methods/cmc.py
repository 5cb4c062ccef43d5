"""CMC."""

import copy
from dataclasses import replace
from typing import Dict, List

from mmpretrain.structures import DataSample
from torch import Tensor, nn

from mmcl.models.learners import ContrastiveLearner
from mmcl.models.policies import Step
from mmcl.registry import MODELS
from mmcl.structures import Inputs, sample_idx, single_view
from mmcl.utils.errors import expect


@MODELS.register_module()
class CMC(ContrastiveLearner):
    """Contrastive multiview coding (Tian et al. 2019, https://arxiv.org/abs/1906.05849, section 3).

    What is common to several senses of a scene (luminance and colour, depth, other cameras) is what it is about. Each has its own network::

        for x, y in loader:                                     # y: index of the image
            z_v = normalize(f_v(view v of x))                   # v = 1 .. V
            for (a, b) in pairs:                                # core: (1, b) and (b, 1); full graph: all a != b
                loss += contrast(z_a against z_b of other images)
            SGD(f_1 .. f_V)
            bank_v[y] = normalize(m bank_v[y] + (1 - m) z_v)    # where the other images' codes come from a memory

    Parts: :class:`ViewBackbones`, :class:`ViewNecks`, :class:`ViewPair`. Against the batch ``BatchNegatives(views='key')``; against a
    memory, as published, :class:`ViewBanks`, ``BankPositives``, ``BankNegatives`` and ``NCEHead`` or ``ContrastiveHead``. Every pair has
    a head of its own, so that each direction has its own partition function. Colour views: :class:`ColorSpacePreprocessor`; folders of
    views: ``AlignedFolders``. The losses of all pairs are added.

    Args:
        num_views (int): V, >= 2. Defaults to 2.
        graph (str): 'core', the first view against each other one, or 'full', all against all. Defaults to 'core'.
        **kwargs: See :class:`ContrastiveLearner`; ``pairs`` follow from the two arguments above, ``encoder`` is ViewPair.

    Raises:
        InputError: A number of views below 2, or another ``graph``.
    """

    sum_over_pairs = True

    def __init__(self, *args, num_views: int = 2, graph: str = 'core', **kwargs) -> None:
        for name, value, good, expected in (
            ('num_views', num_views, num_views >= 2, 'at least 2'),
            ('graph', graph, graph in ('core', 'full'), "'core' or 'full'"),
        ):
            expect(good, f'CMC has {name}={value!r}', expected, f'Set model.{name}')
        views = range(num_views)
        pairs = [(a, b) for a in views for b in views if a != b and (graph == 'full' or 0 in (a, b))]
        super().__init__(*args, pairs=pairs, encoder=dict(type='ViewPair'), **kwargs)
        self.num_views = num_views
        self.heads = nn.ModuleDict({f'{a}to{b}': copy.deepcopy(self.head) for a, b in pairs})
        self.head = None

    def prepare(self, inputs: Inputs, data_samples: List[DataSample]) -> List[Tensor]:
        """One image a view; the same for all where views are channels of it."""
        if self.backbone.channels is not None and (isinstance(inputs, Tensor) or len(inputs) == 1):
            inputs = [single_view(inputs, 'CMC')] * self.num_views
        return super().prepare(inputs, data_samples)

    def compare(self, step: Step) -> Dict[str, Tensor]:
        """Contrast a pair of views, with the memory of the second, where there is one."""
        a, b = step.pair
        if self.memory is not None:
            # what is made of one bank is not the other's
            step = replace(step, memory=self.memory[b], _made={})
        return self.heads[f'{a}to{b}'](self.contrast(step))

    def remember(self, key: Dict[int, Tensor], data_samples: List[DataSample]) -> None:
        """Move the rows of this step's images."""
        if self.memory is not None:
            self.memory.write([key[view] for view in range(self.num_views)], sample_idx(data_samples))
