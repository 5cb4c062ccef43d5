"""SpCL."""

from typing import Dict, List

import torch
from mmpretrain.structures import DataSample
from torch import Tensor

from mmcl.models.encoders.base import unit
from mmcl.models.learners import PairLearner
from mmcl.models.necks import pool
from mmcl.models.norm import domain_batchnorm
from mmcl.models.policies import Step
from mmcl.registry import MODELS
from mmcl.structures import labels, sample_idx


@MODELS.register_module()
class SpCL(PairLearner):
    """Self-paced contrastive learning with a hybrid memory (Ge et al. 2020, https://arxiv.org/abs/2006.02713, algorithm 1).

    Images are told from all that the memory knows: labelled source classes, clusters of the target images, and target images in no
    cluster, each as a class of its own. Clusters are made again every epoch, and only those that are reliable count::

        V = [mean of f(x) of each source class, f(x) of each target image]
        for epoch in epochs:
            clusters = reliable DBSCAN clusters of V                     # SelfPacedHook
            for x in loader:                                             # 4 images of each cluster; half source, where there is one
                f = normalize(net(t(x)))
                loss = CE(f @ mean of V over each class / temperature, class of x)       # of the source + of the target
                V[x] = normalize(m V[x] + (1 - m) f)                     # a source image moves its class

    Parts: :class:`HybridMemory`, a head (:class:`ContrastiveHead`), ``IdentitySampler``, ``SelfPacedHook``. The memory is written after the
    losses of a step; the authors do so in backward, which gives the same rows.

    Args:
        domain_norm (bool): Batch norm of its own for each domain (:class:`DomainBatchNorm`), for batches that are half source and half
            target. Defaults to False.
        **kwargs: See :class:`~mmcl.models.learners.PairLearner`; ``memory`` is a :class:`HybridMemory`.
    """

    default_pairs = ((0, 0),)

    def __init__(self, *args, domain_norm: bool = False, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if domain_norm:
            self.backbone, self.neck = domain_batchnorm(self.backbone), domain_batchnorm(self.neck)

    def compare(self, step: Step) -> Dict[str, Tensor]:
        """Tell the target images from everything in the memory."""
        rows = self._rows(step.data_samples)
        terms = self._told(step.query[0], rows, rows >= self.memory.num_source)
        return dict(terms, chance=terms['chance'].clamp(min=1e-12))  # all images may be in one cluster

    def extra_losses(
        self, query: Dict[int, Tensor], key: Dict[int, Tensor], data_samples: List[DataSample]
    ) -> Dict[str, Tensor]:
        """The same for the source images, where there are some."""
        rows = self._rows(data_samples)
        source = rows < self.memory.num_source
        return dict(loss_source=self._told(query[0], rows, source)['loss']) if source.any() else {}

    def _told(self, embeddings: Tensor, rows: Tensor, which: Tensor) -> Dict[str, Tensor]:
        """Score some of the images; ``rows`` and ``which`` are on the host, where nothing waits for the device."""
        which = which.nonzero()[:, 0]
        anchors = embeddings[which.to(embeddings.device)]
        return self.head(self.memory.contrast(anchors, rows[which].to(embeddings.device)))

    def remember(self, key: Dict[int, Tensor], data_samples: List[DataSample]) -> None:
        """Move the rows of the images of this step, and of their classes."""
        self.memory.write(key[0].detach(), self._rows(data_samples))

    def predict(self, inputs: Tensor, data_samples: List[DataSample]) -> List[DataSample]:
        """Give every sample its ``feature``, of the backbone, and its ``embedding``, (D,), which re-identification compares."""
        maps = self.backbone(inputs)
        embeddings = unit(pool(maps) if self.neck is None else self.neck(maps))
        for sample, feature, embedding in zip(data_samples, unit(pool(maps)), embeddings):
            sample.set_field(feature, 'feature')
            sample.set_field(embedding, 'embedding')
        return data_samples

    def _rows(self, data_samples: List[DataSample]) -> Tensor:
        """Rows of the memory, int64 (N,), on the host: target images come first in the dataset, source images are their classes."""
        index, classes = sample_idx(data_samples), labels(data_samples)
        num_target = len(self.memory.bank) - self.memory.num_source
        return torch.where(index < num_target, index + self.memory.num_source, classes)
