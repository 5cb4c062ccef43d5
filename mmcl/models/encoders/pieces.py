"""Encoder pairs that also take images in pieces."""

from torch import Tensor, nn

from mmcl.registry import MODELS
from mmcl.utils.errors import expect

from .ema_pair import EMAPair
from .shared_pair import SharedPair


class TakesPieces:
    """Views of pieces, (N, T, 3, h, w), go through the backbone one by one and through the learner's ``pretext_neck`` together."""

    def attach(self, learner: nn.Module) -> None:
        """Refuse chunks, which know of one neck only."""
        given = f'{type(self).__name__} has chunk_size={self.chunk_size}'
        expect(self.chunk_size is None, given, 'None', 'Remove model.encoder.chunk_size')
        super().attach(learner)

    def project(self, network: nn.Module, images: Tensor) -> Tensor:
        """Images (N, 3, H, W), or images in pieces (N, T, 3, h, w) -> the projection (N, D), before normalisation."""
        if images.dim() == 4:
            return super().project(network, images)
        return network.pretext_neck(network.backbone(images.flatten(0, 1)))


@MODELS.register_module()
class PiecesPair(TakesPieces, SharedPair):
    """A :class:`SharedPair` for a :class:`PretextBranch`; each view goes through the network on its own (PIRL).

    Args:
        **kwargs: See :class:`EncoderPair`.
    """

    def __init__(self, **kwargs) -> None:
        super().__init__(joint=False, **kwargs)


@MODELS.register_module()
class PiecesEMAPair(TakesPieces, EMAPair):
    """An :class:`EMAPair` for a :class:`PretextBranch`: pieces make queries only, the target has no neck for them (InfoMin).

    Args:
        **kwargs: See :class:`EMAPair`.
    """
