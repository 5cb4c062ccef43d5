"""What a loss that is not linear in its target says of soft targets."""

from typing import Callable

from mmcl.structures import ContrastSet
from mmcl.utils.errors import expect


class OnePositive:
    """For heads whose anchors have one positive each; it stands before :class:`ContrastiveHead` among the bases.

    Cross entropy with a mean of targets is the mean of cross entropies, which is how :class:`ContrastiveHead` takes an ``offset`` (i-Mix,
    positives by label). Another loss would be given something that no paper asks for.
    """

    def rule_of(self, contrast: ContrastSet) -> Callable:
        """The loss of an anchor.

        Raises:
            InputError: The set's targets are means of candidates.
        """
        given = f'{type(self).__name__} was given anchors with several positives or a mixed one'
        remedy = "Set model.head.type='ContrastiveHead', or remove MixedPositives or ClassPositives"
        expect(contrast.offset is None, given, 'one positive each', remedy)
        return super().rule_of(contrast)
