"""SimSiam: the authors' model, their loss, SGD and schedule with a fixed rate for the predictor, in their own training loop."""

from argparse import Namespace

import torch
from torch import nn

from .. import problem
from .common import Network, Record, checkout, fill, images, renamed, stand_in


def main() -> None:
    _, source = checkout('https://github.com/facebookresearch/simsiam')
    stand_in()
    import main_simsiam
    from simsiam.builder import SimSiam

    s = problem.SETTINGS['simsiam']
    args = Namespace(epochs=s['epochs'], gpu=None, print_freq=100)
    model = SimSiam(Network, dim=problem.DIM, pred_dim=problem.HIDDEN)
    # A bias that is never trained, since the batch norm behind it takes it off again; mmcl has none.
    nn.init.zeros_(model.encoder.fc[6].bias)
    rules = [
        ('encoder.fc.6.bias', None),
        ('encoder.fc.', 'online.projector.'),
        ('encoder.', 'online.'),
        ('predictor.', 'predictor.'),
    ]
    fill(renamed(model.state_dict(), rules))
    record = Record('simsiam', source, lambda: renamed(model.state_dict(), rules))
    record.watch(main_simsiam)
    groups = [
        dict(params=model.encoder.parameters(), fix_lr=False),
        dict(params=model.predictor.parameters(), fix_lr=True),
    ]
    optimizer = torch.optim.SGD(groups, s['lr'], momentum=s['momentum'], weight_decay=s['weight_decay'])
    for epoch in range(args.epochs):
        main_simsiam.adjust_learning_rate(optimizer, s['lr'], epoch, args)
        loader = record.batches(epoch, lambda step: (images(step), None))
        main_simsiam.train(loader, model, nn.CosineSimilarity(dim=1), optimizer, epoch, args)
    record.save()


if __name__ == '__main__':
    main()
