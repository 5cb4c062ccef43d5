"""SimCLR."""

from mmcl.models.learners import ContrastiveLearner
from mmcl.registry import MODELS


@MODELS.register_module()
class SimCLR(ContrastiveLearner):
    """A simple framework for contrastive learning (Chen et al. 2020, https://arxiv.org/abs/2002.05709, algorithm 1).

    Two views of each image go through one network and an MLP; each must find its other view among the 2B - 1 others of the batch::

        for x in loader:                               # B images
            z = normalize(g(f([t(x), t'(x)])))         # 2B embeddings, gathered over processes with gradient
            loss = mean over i of -log softmax_{k != i}(z_i . z_k / temperature)[partner of i]

    Parts: :class:`SharedPair`, :class:`BatchNegatives`, both directions, their mean. The authors' code adds the two directions instead,
    which is twice this: ``head=dict(loss_weight=2.0)``.
    """
