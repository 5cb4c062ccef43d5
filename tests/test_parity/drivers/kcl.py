"""KCL: the authors' model, their loss, SGD and schedule, in their own training loop; the queue starts as the problem says, not filled."""

import copy
import sys
from argparse import Namespace

import torch
from torch import nn

from .. import problem
from .common import Network, Record, checkout, fill, images, renamed, stand_in, stub


def main() -> None:
    _, source = checkout('https://github.com/bingykang/BalFeat')
    stand_in()
    stub('tensorflow', 'models', 'loader')
    sys.modules['tensorflow'].io = Namespace(gfile=None)
    import main_kcl
    from moco.kcl_builder import KCL
    from util import SoftCrossEntropyLoss

    main_kcl.accuracy = lambda *args, **kwargs: (
        [torch.zeros(1)] * 2
    )  # for the log; recent torch refuses its view
    s = problem.SETTINGS['kcl']
    args = Namespace(epochs=s['epochs'], lr=s['lr'], cos=True, lrend=0, gpu=None, print_freq=100)
    model = KCL(Network, problem.DIM, problem.QUEUE, problem.EMA, s['temperature'])
    rules = [
        ('encoder_q.fc.', 'online.projector.0.'),
        ('encoder_k.fc.', 'target.projector.0.'),
        ('encoder_q.', 'online.'),
        ('encoder_k.', 'target.'),
        ('queue_ptr', 'pointer'),
        ('queue', 'queue'),
        ('label_queue', 'labels'),
    ]

    def tensors(model: nn.Module) -> dict:
        named = renamed(model.state_dict(), rules)
        return dict(named, queue=named['queue'].T, pointer=named['pointer'].squeeze())

    def state() -> dict:
        twin = copy.deepcopy(model)
        twin._momentum_update_key_encoder()  # as the next forward pass would begin
        return tensors(twin)

    soft_cross_entropy = SoftCrossEntropyLoss()

    def criterion(logits: torch.Tensor, soft_labels: torch.Tensor) -> torch.Tensor:
        positives = (soft_labels > 0).double()  # their shares are float32
        return soft_cross_entropy(logits, positives / positives.sum(dim=1, keepdim=True))

    fill(tensors(model))
    record = Record('kcl', source, state)
    record.watch(main_kcl)
    optimizer = torch.optim.SGD(
        model.parameters(), s['lr'], momentum=s['momentum'], weight_decay=s['weight_decay']
    )
    for epoch in range(args.epochs):
        main_kcl.adjust_learning_rate(optimizer, epoch, args)
        loader = record.batches(epoch, lambda step: (images(step), torch.from_numpy(problem.labels(step))))
        main_kcl.train(loader, model, criterion, optimizer, epoch, args)
    record.save()


if __name__ == '__main__':
    main()
