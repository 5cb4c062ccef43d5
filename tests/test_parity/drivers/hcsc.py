"""HCSC, with two views and with further crops: the authors' model, their training loop and schedule, from given clusters.

Their Bernoulli draws are replaced by the problem's.
"""

from argparse import Namespace

import torch
from torch import Tensor, nn

from .. import problem
from .common import Network, Record, checkout, fill, images, stand_in, stub
from .pcl import given_clusters, indices, moved, tensors


class Draws:
    """What stands in for torch's Bernoulli distribution; the model asks in a fixed order."""

    names, step, asked = [], 0, 0

    def __init__(self, keep: Tensor) -> None:
        self.keep = keep

    def sample(self) -> Tensor:
        drawn = problem.selection(Draws.step, Draws.names[Draws.asked])
        Draws.asked += 1
        return (torch.from_numpy(drawn)[:, None] < self.keep).double()


def run(name: str, source: dict) -> None:
    """Record one of the two."""
    import pretrain
    from hcsc.hcsc import HCSC

    pretrain.accuracy = lambda *args, **kwargs: (
        [torch.zeros(1)] * 2
    )  # for the log; recent torch refuses its view
    torch.distributions.bernoulli.Bernoulli = Draws
    s = problem.SETTINGS[name]
    levels, sizes = len(s['clusters']), s.get('sizes', [6, 6])
    local = range(2, len(sizes))
    Draws.names = [f'prototypes {i} of 0' for i in range(levels - 1)] + [f'keys {i}' for i in range(levels)]
    Draws.names += [f'prototypes {i} of {view}' for view in local for i in range(levels - 1)]
    args = Namespace(
        epochs=s['epochs'],
        lr=s['lr'],
        lr_final=0.0,
        cos=True,
        device='cpu',
        print_freq=100,
        num_cluster=s['clusters'],
    )
    model = HCSC(
        Network,
        dim=problem.DIM,
        queue_length=problem.QUEUE,
        m=problem.EMA,
        T=s['temperature'],
        mlp=True,
        multi_crop=bool(local),
    )
    fill(tensors(model))
    record = Record(name, source, lambda: moved(model))
    backward = Tensor.backward

    def noted(loss: Tensor, *rest) -> None:  # no meter of theirs has the whole loss
        record.losses.append(float(loss))
        backward(loss, *rest)

    Tensor.backward = noted
    optimizer = torch.optim.SGD(
        model.parameters(), s['lr'], momentum=s['momentum'], weight_decay=s['weight_decay']
    )

    def batch(step: int) -> tuple:
        Draws.step, Draws.asked = step, 0
        return images(step, sizes=tuple(sizes)), indices(step, args.epochs)

    for epoch in range(args.epochs):
        pretrain.adjust_learning_rate(optimizer, epoch, args)
        clusters = given_clusters(epoch, s, tree=True)
        loader = record.batches(epoch, batch)
        pretrain.train(loader, model, nn.CrossEntropyLoss(), optimizer, epoch, args, clusters)
        assert Draws.asked == (len(Draws.names) if clusters else 0)
    Tensor.backward = backward
    record.save()


def main() -> None:
    _, source = checkout('https://github.com/gyfastas/HCSC')
    stand_in()
    stub('pandas')
    run('hcsc', source)
    run('hcsc_multicrop', source)


if __name__ == '__main__':
    main()
