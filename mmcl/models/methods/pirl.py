"""PIRL."""

from mmcl.models.learners import PretextBranch
from mmcl.registry import MODELS

from .npid import NPID


@MODELS.register_module()
class PIRL(PretextBranch, NPID):
    """Pretext-invariant representation learning (Misra and van der Maaten 2019, https://arxiv.org/abs/1912.01991, section 2).

    A pretext task asks what was done to an image; here the embedding is to be the same whatever was done. The image and its transformed
    version, shuffled tiles or a turn, are both compared with what the bank remembers of the image, so never with each other::

        for x, y in loader:                                    # y the image's index
            f = normalize(image_neck(net(t(x))))
            g = normalize(piece_neck(net(pieces(t'(x)))))      # nine tiles in random order, or the image turned
            loss = lambda NCE(g . V[y], g . V[random]) + (1 - lambda) NCE(f . V[y], f . V[random])
            SGD(net, necks)
            V[y] = normalize(m V[y] + (1 - m) f)               # of the image's branch alone

    Parts: NPID's, :class:`PiecesPair`, :class:`ShuffledTiles`, :class:`RandomRotation` or, for both, :class:`TurnedTiles`,
    :class:`TileNeck`. Both terms see the same rows of the bank. With ``branch_weight=0`` it is NPID.
    """

    default_pairs = ((1, 0), (0, 0))
