"""SupCon: the authors' head, loss, SGD, warm-up and schedule, in their own training loop."""

from argparse import Namespace

import torch
from torch import nn

from .. import problem
from ..trunk import Trunk
from .common import Record, checkout, fill, images, renamed, stand_in, stub


class Pooled(nn.Module):
    """The trunk as their encoders are: it ends in pooled features."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = Trunk()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.trunk(images).mean(dim=(2, 3))


def main() -> None:
    _, source = checkout('https://github.com/HobbitLong/SupContrast')
    stand_in()
    stub('tensorboard_logger', 'apex')
    import main_supcon
    from losses import SupConLoss
    from networks.resnet_big import SupConResNet, model_dict
    from util import adjust_learning_rate, set_optimizer

    s = problem.SETTINGS['supcon']
    args = Namespace(
        method='SupCon',
        epochs=s['epochs'],
        learning_rate=s['lr'],
        momentum=s['momentum'],
        weight_decay=s['weight_decay'],
        cosine=False,
        lr_decay_epochs=s['milestones'],
        lr_decay_rate=s['gamma'],
        warm=True,
        warm_epochs=s['warmup'],
        warmup_from=s['start_lr'],
        warmup_to=s['lr'],
        print_freq=100,
    )
    model_dict['trunk'] = [Pooled, problem.WIDTH]
    model = SupConResNet('trunk', feat_dim=problem.DIM)
    rules = [('encoder.', 'online.'), ('head.', 'online.projector.')]

    def state() -> dict:
        return renamed(model.state_dict(), rules)

    fill(state())
    record = Record('supcon', source, state)
    record.watch(main_supcon)
    optimizer = set_optimizer(args, model)
    for epoch in range(1, args.epochs + 1):
        adjust_learning_rate(args, optimizer, epoch)
        loader = record.batches(
            epoch - 1, lambda step: (images(step), torch.from_numpy(problem.labels(step)))
        )
        main_supcon.train(loader, model, SupConLoss(s['temperature']), optimizer, epoch, args)
    record.save()


if __name__ == '__main__':
    main()
