"""HCL: the authors' loss and training loop with Adam; of their model the forward pass, over tiny networks of the same layout."""

import sys

import torch
from torch import nn

from .. import problem
from ..trunk import Trunk
from .common import Record, checkout, fill, images, renamed, stand_in, stub


def main() -> None:
    (path,), source = checkout('https://github.com/joshr17/HCL')
    stand_in()
    stub('pandas')
    sys.path.insert(0, str(path / 'image'))
    import main as hcl
    from model import Model

    s = problem.SETTINGS['hcl']
    net = Model.__new__(Model)
    nn.Module.__init__(net)
    net.f = nn.Sequential(Trunk(), nn.AdaptiveAvgPool2d(1))
    net.g = nn.Sequential(
        nn.Linear(problem.WIDTH, problem.HIDDEN, bias=False),
        nn.BatchNorm1d(problem.HIDDEN),
        nn.ReLU(inplace=True),
        nn.Linear(problem.HIDDEN, problem.DIM),
    )
    rules = [('f.0.', 'online.trunk.'), ('g.', 'online.projector.')]
    fill(renamed(net.state_dict(), rules))
    record = Record('hcl', source, lambda: renamed(net.state_dict(), rules))

    def criterion(*given) -> torch.Tensor:
        loss = theirs(*given)
        record.losses.append(loss.item())
        return loss

    theirs, hcl.criterion = hcl.criterion, criterion
    hcl.tqdm = lambda loader: Progress(loader)
    hcl.batch_size, hcl.epochs, hcl.temperature = problem.BATCH, s['epochs'], s['temperature']
    optimizer = torch.optim.Adam(net.parameters(), lr=s['lr'], weight_decay=s['weight_decay'])
    for hcl.epoch in range(1, 1 + s['epochs']):
        loader = record.batches(hcl.epoch - 1, lambda step: (*images(step), torch.zeros(1)))
        hcl.train(net, loader, optimizer, s['temperature'], 'hard', s['debias'], s['beta'])
    record.save()


class Progress:
    """A progress bar that shows nothing."""

    def __init__(self, loader) -> None:
        self.loader = loader

    def __iter__(self):
        return iter(self.loader)

    def set_description(self, text: str) -> None:
        pass


if __name__ == '__main__':
    main()
