"""CMC."""

import copy
from dataclasses import replace
from typing import Dict, List

from mmpretrain.structures import DataSample
from torch import Tensor, nn

from mmcl.models.learners import ContrastiveLearner, ViewGraph
from mmcl.models.policies import Step
from mmcl.registry import MODELS
from mmcl.structures import sample_idx


@MODELS.register_module()
class CMC(ViewGraph, ContrastiveLearner):
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
    views: ``AlignedFolders``.

    Args:
        **kwargs: See :class:`ViewGraph` and :class:`ContrastiveLearner`; ``encoder`` is ViewPair.
    """

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, encoder=dict(type='ViewPair'), **kwargs)
        self.heads = nn.ModuleDict({f'{a}to{b}': copy.deepcopy(self.head) for a, b in self.pairs})
        self.head = None

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
