"""The thin residual networks for 32 px images."""

from mmpretrain.models.backbones import ResNet_CIFAR
from mmpretrain.models.backbones.resnet import BasicBlock

from mmcl.registry import MODELS
from mmcl.utils.errors import expect


@MODELS.register_module()
class ThinResNet(ResNet_CIFAR):
    """ResNet-20, 32, 44 or 56 for CIFAR: three stages of 16, 32 and 64 channels (https://arxiv.org/abs/1512.03385, section 4.2).

    What papers on long-tailed CIFAR call ResNet-32. Shortcuts that change the width are 1x1 convolutions with batch norm; the paper's
    have no parameters.

    Args:
        depth (int): 6 n + 2 layers: 8, 20, 32, 44 or 56. Defaults to 32.
        base_channels (int): Width of the stem and of the first stage. Defaults to 16.
        **kwargs: See MMPretrain's ``ResNet``.

    Shapes: (N, 3, H, W) -> a tuple of one, (N, 4 * base_channels, H / 4, W / 4).
    Raises: InputError: another ``depth``.
    """

    arch_settings = {6 * n + 2: (BasicBlock, (n, n, n)) for n in (1, 3, 5, 7, 9)}

    def __init__(self, depth: int = 32, base_channels: int = 16, **kwargs) -> None:
        known = ', '.join(map(str, self.arch_settings))
        expect(
            depth in self.arch_settings, f'ThinResNet has depth={depth}', known, 'Set model.backbone.depth'
        )
        super().__init__(
            depth,
            num_stages=3,
            strides=(1, 2, 2),
            dilations=(1, 1, 1),
            out_indices=(2,),
            stem_channels=base_channels,
            base_channels=base_channels,
            **kwargs,
        )
