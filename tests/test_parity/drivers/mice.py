"""MiCE: the authors' loss, their training loop, schedule and update of the prototypes, around a small network.

Their loss's constructor knows 10, 15 and 20 clusters only, and is repeated here; their schedule's epoch 0, of rate 0, is left out.
"""

from argparse import Namespace

import torch
from torch import Tensor, nn

from mmcl.models.heads.mixture_head import simplex

from .. import problem
from ..trunk import Trunk
from .common import Record, checkout, fill, images, renamed, stand_in, stub


def main() -> None:
    _, source = checkout('https://github.com/TsungWeiTsai/MiCE')
    stand_in()
    stub('tensorboard_logger', 'sklearn.utils.linear_assignment_')
    torch.cuda.synchronize = lambda: None
    Tensor.float = Tensor.double  # they make labels so before adding keys up
    import train_MiCE
    from ELBO import MiCE_ELBO
    from models.resnet_cifar_MiCE import Normalize

    train_MiCE.acc = lambda *args: 0.0  # for the log; scikit-learn has dropped what it needs
    s = problem.SETTINGS['mice']

    class Experts(nn.Module):
        """As their ResNet ends."""

        def __init__(self) -> None:
            super().__init__()
            self.trunk = Trunk()
            self.linear_K = nn.ModuleList(nn.Linear(problem.WIDTH, problem.DIM) for _ in range(s['experts']))
            self.classifier = nn.Linear(problem.WIDTH, problem.DIM)
            self.l2norm = Normalize(2)

        def forward(self, x: Tensor, gating: bool = False):
            x = self.trunk(x).mean(dim=(2, 3))
            experts = torch.stack([self.l2norm(linear(x)) for linear in self.linear_K], dim=1)
            return (experts, self.l2norm(self.classifier(x))) if gating else experts

    elbo = MiCE_ELBO.__new__(MiCE_ELBO)
    nn.Module.__init__(elbo)
    elbo.queueSize, elbo.tau, elbo.kappa, elbo.index, elbo.n_class = problem.QUEUE, 1.0, 1.0, 0, s['experts']
    elbo.register_buffer('queue', torch.zeros(problem.QUEUE, s['experts'], problem.DIM))
    elbo.register_buffer('gating_prototype', simplex(s['experts'], problem.DIM).double())
    elbo.expert_prototype = nn.Parameter(torch.zeros(s['experts'], problem.DIM))
    elbo.logSoftmax, elbo.logSoftmax2 = nn.LogSoftmax(dim=1), nn.LogSoftmax(dim=2)
    model, target = Experts(), Experts()
    rules = [('linear_K.', 'experts.'), ('classifier.', f'experts.{s["experts"]}.'), ('trunk.', 'trunk.')]

    def state() -> dict:
        named = dict(
            queue=elbo.queue, pointer=torch.tensor(elbo.index), prototypes=elbo.expert_prototype.data
        )
        for side, network in (('online', model), ('target', target)):
            named.update({f'{side}.{k}': v for k, v in renamed(network.state_dict(), rules).items()})
        return named

    fill({name: tensor for name, tensor in state().items() if name != 'pointer'})
    record = Record('mice', source, state)
    record.watch(train_MiCE)
    groups = [dict(params=part.parameters(), weight_decay=s['weight_decay']) for part in (model, elbo)]
    optimizer = torch.optim.SGD(groups, lr=s['lr'], momentum=s['momentum'])
    args = Namespace(
        n_class=s['experts'],
        low_dim=problem.DIM,
        m=problem.EMA,
        print_freq=100,
        learning_rate=s['lr'],
        lr_warmup=s['warmup'],
        lr_decay_epochs=s['milestones'],
        lr_decay_rate=s['gamma'],
    )
    for epoch in range(s['epochs']):
        train_MiCE.adjust_learning_rate(epoch + 1, args, optimizer)
        loader = record.batches(
            epoch, lambda step: (images(step, sizes=(6, 6, 6)), torch.zeros(problem.BATCH, dtype=torch.int64))
        )
        train_MiCE.train_MiCE(epoch, loader, model, target, elbo, optimizer, args)
    record.save()


if __name__ == '__main__':
    main()
