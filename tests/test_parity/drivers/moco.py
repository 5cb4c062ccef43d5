"""MoCo v1 and v2: the authors' model, their loss, SGD and schedule, in their own training loop."""

import copy
from argparse import Namespace

import torch
from torch import nn

from .. import problem
from .common import Network, Record, checkout, fill, images, renamed, stand_in


def run(name: str, mlp: bool, source: dict) -> None:
    """Record one of the two."""
    import main_moco
    from moco.builder import MoCo

    main_moco.accuracy = lambda *args, **kwargs: (
        [torch.zeros(1)] * 2
    )  # for the log; recent torch refuses its view
    s = problem.SETTINGS[name]
    args = Namespace(
        epochs=s['epochs'], lr=s['lr'], cos=mlp, schedule=s.get('milestones'), gpu=None, print_freq=100
    )
    model = MoCo(Network, dim=problem.DIM, K=problem.QUEUE, m=problem.EMA, T=s['temperature'], mlp=mlp)
    layer = '' if mlp else '0.'  # v1's projector is one linear layer
    rules = [
        ('encoder_q.fc.', f'online.projector.{layer}'),
        ('encoder_k.fc.', f'target.projector.{layer}'),
        ('encoder_q.', 'online.'),
        ('encoder_k.', 'target.'),
        ('queue_ptr', 'pointer'),
        ('queue', 'queue'),
    ]

    def tensors(model: nn.Module) -> dict:
        named = renamed(model.state_dict(), rules)
        return dict(named, queue=named['queue'].T, pointer=named['pointer'].squeeze())

    def state() -> dict:
        twin = copy.deepcopy(model)
        twin._momentum_update_key_encoder()  # as the next forward pass would begin
        return tensors(twin)

    fill(tensors(model))
    record = Record(name, source, state)
    record.watch(main_moco)
    optimizer = torch.optim.SGD(
        model.parameters(), s['lr'], momentum=s['momentum'], weight_decay=s['weight_decay']
    )
    for epoch in range(args.epochs):
        main_moco.adjust_learning_rate(optimizer, epoch, args)
        loader = record.batches(epoch, lambda step: (images(step), None))
        main_moco.train(loader, model, nn.CrossEntropyLoss(), optimizer, epoch, args)
    record.save()


def main() -> None:
    _, source = checkout('https://github.com/facebookresearch/moco')
    stand_in()
    run('moco_v1', False, source)
    run('moco_v2', True, source)


if __name__ == '__main__':
    main()
