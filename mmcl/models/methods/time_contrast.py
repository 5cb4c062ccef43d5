"""Time-contrastive networks."""

from typing import Dict

from torch import Tensor

from mmcl.models.learners import PairLearner
from mmcl.models.policies import Step
from mmcl.registry import MODELS
from mmcl.utils.dist import gather
from mmcl.utils.errors import expect


@MODELS.register_module()
class TimeContrast(PairLearner):
    """Several cameras see one scene, and what counts is the moment (Sermanet et al. 2017, https://arxiv.org/abs/1704.06888, section III).

    What another camera sees at the same time is the same; what this camera sees at another time is not, however alike it looks::

        for x_1, x_2 in loader:                                 # frames of two cameras at the same times
            z_1, z_2 = normalize(f(x_1)), normalize(f(x_2))     # one network
            for (a, b) in (1, 2), (2, 1):
                loss += mean over frames t, s of [|z_a[t] - z_b[t]|^2 - |z_a[t] - z_a[s]|^2 + margin]_+,  |t - s| > window

    Parts: :class:`SharedPair`, :class:`TripletHead`, ``AlignedFolders`` with a folder of frames a camera, whose names are in the order
    of time. The paper takes one negative an anchor, here all of the batch count.

    Args:
        window (int): Frames this near in the order of the dataset are no negatives, >= 0. Defaults to 0.
        **kwargs: See :class:`PairLearner`.

    Raises:
        InputError: ``window`` < 0.
    """

    def __init__(self, *args, window: int = 0, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        expect(window >= 0, f'TimeContrast has window={window}', 'at least 0', 'Set model.window')
        self.window = window

    def compare(self, step: Step) -> Dict[str, Tensor]:
        """Tell a camera's frames from those of other times by what the other camera sees."""
        a, b = step.pair
        time = step.sample_idx()
        far = (time[:, None] - gather(time)).abs() > self.window
        return self.head(step.query[a], step.key[b], step.gathered_key(a), far)
