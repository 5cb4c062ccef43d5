"""LoCo."""

from torch import Tensor

from mmcl.models.learners import SpacesLearner
from mmcl.registry import MODELS


@MODELS.register_module()
class LoCo(SpacesLearner):
    """Local contrastive representation learning (Xiong et al. 2020, https://arxiv.org/abs/2008.01342, section 3).

    SimCLR without back-propagation from end to end: units of the network learn from losses of their own, and gradient does not leave a
    unit. Neighbouring units share a stage, so that what the upper one learns still reaches into the lower one::

        for x in loader:
            a_1 = S_1([t(x), t'(x)]);  a_2 = S_2(a_1);  a_3 = S_3(a_2);  a_4 = S_4(a_3)     # four stages of a ResNet
            loss = NTXent(g_1(a_2)) + NTXent(g_2(a_3)) + NTXent(g_3(a_4))                   # each over the 2B embeddings
            # gradient: of the first to S_1, S_2; of the second to S_2, S_3; of the third to S_3, S_4; each to its g as well

    Parts: SimCLR's, :class:`LocalResNet`, :class:`SpaceNecks` with a neck for each unit. Without overlap it is Greedy InfoMax with this
    loss; with one unit it is SimCLR. What is evaluated is the last stage. The log tells each unit's loss as ``space0``, ``space1`` ...
    """

    def merge(self, embedding: Tensor) -> Tensor:
        """The last unit's."""
        return embedding[..., -1]
