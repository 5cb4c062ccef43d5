"""MoCo v3 on a convolutional network: the authors' model, their loss, LARS and schedules, in their own training loop."""

import copy
import warnings
from argparse import Namespace

import torch

from .. import problem
from .common import Network, Record, checkout, fill, images, renamed, stand_in, stub


def main() -> None:
    _, source = checkout('https://github.com/facebookresearch/moco-v3')
    stand_in()
    stub('vits', 'torch.utils.tensorboard')
    import main_moco
    from moco.builder import MoCo_ResNet
    from moco.optimizer import LARS

    warnings.simplefilter('ignore')  # mixed precision is off without CUDA
    s = problem.SETTINGS['moco_v3']
    per_epoch = problem.STEPS // s['epochs']
    args = Namespace(
        epochs=s['epochs'],
        warmup_epochs=s['warmup'],
        lr=s['lr'],
        moco_m=problem.EMA,
        moco_m_cos=True,
        gpu=None,
        rank=1,
        print_freq=100,
    )
    model = MoCo_ResNet(Network, problem.DIM, problem.HIDDEN, s['temperature'])
    rules = [
        ('base_encoder.fc.', 'online.projector.'),
        ('momentum_encoder.fc.', 'target.projector.'),
        ('base_encoder.', 'online.'),
        ('momentum_encoder.', 'target.'),
        ('predictor.', 'predictor.'),
    ]

    def state() -> dict:
        twin = copy.deepcopy(model)  # the target moves as the next forward pass would begin
        twin._update_momentum_encoder(main_moco.adjust_moco_momentum(record.step / per_epoch, args))
        return renamed(twin.state_dict(), rules)

    fill(renamed(model.state_dict(), rules))
    record = Record('moco_v3', source, state)
    record.watch(main_moco)
    optimizer = LARS(
        model.parameters(),
        s['lr'],
        weight_decay=s['weight_decay'],
        momentum=s['momentum'],
        trust_coefficient=s['eta'],
    )
    scaler = torch.amp.GradScaler(enabled=False)
    for epoch in range(args.epochs):
        loader = record.batches(epoch, lambda step: (images(step), None))
        main_moco.train(loader, model, optimizer, scaler, None, epoch, args)
    record.save()


if __name__ == '__main__':
    main()
