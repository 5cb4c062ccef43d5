"""TSC: the authors' model with both losses, SGD and schedule, in their own training loop; KCL first, then targets with a new optimizer.

Their code has 1,000 classes and reads the targets from a file; here they are the problem's. Of the keys of a class it draws by
``torch.rand``, which gives 0 here: the first ones that are left, in the order of the queue.
"""

import copy
from argparse import Namespace

import numpy as np
import torch
from torch import nn

from .. import problem
from .common import Network, Record, checkout, fill, images, renamed, stand_in, stub


class FeatureNetwork(Network):
    """The network, which also gives features if asked to, for their log."""

    def forward(self, images: torch.Tensor, feature: bool = False):
        out = super().forward(images)
        return (out, None) if feature else out


def main() -> None:
    _, source = checkout('https://github.com/LTH14/targeted-supcon')
    stand_in()
    stub('tensorboard_logger', 'moco_models', 'dataset', 'dataset.imagenet')
    import main_moco_supcon_imba as reference
    from moco import builder

    reference.accuracy = lambda *args, **kwargs: (
        [torch.zeros(1)] * 2
    )  # for the log; recent torch refuses its view
    s = problem.SETTINGS['tsc']
    args = Namespace(lr=s['lr'], cos=True, gpu=None, print_freq=100)
    num = s['num_classes']
    builder.np.load = lambda name: np.arange(num) if 'label' in name else np.zeros((num, problem.DIM))
    model = builder.KCL(
        FeatureNetwork,
        problem.DIM,
        problem.QUEUE,
        problem.EMA,
        s['temperature'],
        mlp=True,
        num_positive=s['num'],
        targeted=True,
        sep_t=True,
        tw=s['target_weight'],
    ).double()
    rules = [
        ('encoder_q.fc.', 'online.projector.'),
        ('encoder_k.fc.', 'target.projector.'),
        ('encoder_q.', 'online.'),
        ('encoder_k.', 'target.'),
        ('queue_ptr', 'pointer'),
        ('queue_labels', 'labels'),
        ('queue', 'queue'),
        ('class_centroid', 'centroids'),
        ('optimal_target_unique', None),
        ('optimal_target', 'targets'),
        ('target_labels', None),
    ]

    def tensors(model: nn.Module) -> dict:
        named = renamed(model.state_dict(), rules)
        return dict(
            named,
            queue=named['queue'].T,
            pointer=named['pointer'].squeeze(),
            labels=named['labels'].squeeze(),
        )

    def state() -> dict:
        twin = copy.deepcopy(model)
        twin._momentum_update_key_encoder()  # as the next forward pass would begin
        return tensors(twin)

    fill(tensors(model))
    model.optimal_target_unique = model.optimal_target.T.contiguous()
    record = Record('tsc', source, state)
    record.watch(reference)
    torch.rand = lambda num, device=None: torch.zeros(num)
    logger = Namespace(log_value=lambda *args: None)
    for first, last, targeted in ((0, s['start'], False), (s['start'], s['epochs'], True)):
        model.targeted = targeted
        optimizer = torch.optim.SGD(
            model.parameters(), s['lr'], momentum=s['momentum'], weight_decay=s['weight_decay']
        )
        for epoch in range(first, last):
            reference.adjust_learning_rate(optimizer, epoch - first, last - first, args)
            loader = record.batches(
                epoch, lambda step: (images(step), torch.from_numpy(problem.labels(step)))
            )
            reference.train(loader, model, optimizer, epoch, args, logger)
    record.save(scipy=__import__('scipy').__version__)


if __name__ == '__main__':
    main()
