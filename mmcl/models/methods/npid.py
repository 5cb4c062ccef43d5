"""NPID."""

from typing import Dict, List, Optional, Union

from mmpretrain.structures import DataSample
from torch import Tensor

from mmcl.models.learners import ContrastiveLearner
from mmcl.registry import MODELS
from mmcl.structures import sample_idx
from mmcl.utils.errors import expect


@MODELS.register_module()
class NPID(ContrastiveLearner):
    """Non-parametric instance discrimination (Wu et al. 2018, https://arxiv.org/abs/1805.01978, section 3).

    Every image is a class of its own, and what the network said of it last stands for the class, in a bank with a row an image::

        for x, y in loader:                                    # one view an image, y its index
            f = normalize(net(t(x)))
            loss = NCE(f . V[y], f . V[random], Z)             # or CE(f @ V.T / temperature, y), or the same over V[y, random]
            SGD(net)
            V[y] = normalize(m V[y] + (1 - m) f)

    Parts: :class:`MemoryBank`, :class:`BankPositives`, :class:`BankNegatives`, and a head: :class:`NCEHead` as published,
    :class:`ContrastiveHead` for InfoNCE over drawn rows or, with ``negatives=dict(num=None)``, for the softmax over all images.

    Args:
        proximal (float): Weight of the squared distance between an image's embedding and its row, >= 0 (eq. 10). The paper's is 10;
            the authors' code has no such term. Defaults to 0.
        positives (dict, optional): Defaults to BankPositives.
        negatives (dict | list[dict], optional): Defaults to BankNegatives.
        **kwargs: See :class:`ContrastiveLearner`.

    Raises:
        InputError: ``proximal`` < 0.
    """

    default_pairs = ((0, 0),)

    def __init__(
        self,
        *args,
        proximal: float = 0.0,
        positives: Optional[dict] = None,
        negatives: Optional[Union[dict, List[dict]]] = None,
        **kwargs,
    ) -> None:
        positives = positives or dict(type='BankPositives')
        negatives = negatives or dict(type='BankNegatives')
        super().__init__(*args, positives=positives, negatives=negatives, **kwargs)
        given = f'NPID has proximal={proximal}'
        expect(proximal >= 0, given, 'a number >= 0', 'Set model.proximal, e.g. 10')
        self.proximal = proximal

    def extra_losses(
        self, query: Dict[int, Tensor], key: Dict[int, Tensor], data_samples: List[DataSample]
    ) -> Dict[str, Tensor]:
        """The proximal term, if it has weight."""
        if not self.proximal:
            return {}
        embedding = query[self.pairs[0][0]]
        row = self.memory.read(sample_idx(data_samples).to(embedding.device))
        return dict(loss_proximal=self.proximal * (embedding - row).square().sum(dim=1).mean())

    def remember(self, key: Dict[int, Tensor], data_samples: List[DataSample]) -> None:
        """Move the rows of the images of this step."""
        self.memory.write(key[self.pairs[0][1]], sample_idx(data_samples))
