"""InfoMin."""

from mmcl.models.learners import PretextBranch
from mmcl.registry import MODELS

from .moco import MoCo


@MODELS.register_module()
class InfoMin(PretextBranch, MoCo):
    """The recipe of "What makes for good views" (Tian et al. 2020, https://arxiv.org/abs/2005.10243, section 5).

    Views should share what a task needs and little else: augmentation so strong that the information between views falls, but not so
    strong that the task's part falls too. The recipe is MoCo v2 with such views and a branch of shuffled tiles (as PIRL's)::

        for x in loader:
            q, k = f_q(t(x)), f_k(t'(x))                       # strong views; k from the target, without gradient
            j = g_q(tiles(t''(x)))                             # nine tiles in random order, a neck of their own, no target
            loss = (1 - b) CE([q . k, q @ queue.T] / temperature, 0) + b CE([j . k, j @ queue.T] / temperature, 0)
            SGD(f_q, g_q);  f_k = m f_k + (1 - m) f_q          # MomentumHook
            enqueue(queue, k)

    Parts: MoCo's, :class:`PiecesEMAPair`, :class:`ShuffledTiles`, :class:`TileNeck`. With ``branch_weight=0`` it is MoCo v2.
    """

    default_pairs = ((0, 1), (2, 1))
