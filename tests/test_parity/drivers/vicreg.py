"""VICReg: the authors' model with their expander, loss, LARS and schedule; their training loop is part of ``main`` and said again here."""

from argparse import Namespace

from torch import nn

from .. import problem
from ..trunk import Trunk
from .common import Record, checkout, fill, images, renamed, stand_in


def main() -> None:
    _, source = checkout('https://github.com/facebookresearch/vicreg')
    stand_in()
    import main_vicreg
    import resnet

    s = problem.SETTINGS['vicreg']
    args = Namespace(
        arch='tiny',
        mlp=f'{problem.HIDDEN}-{problem.HIDDEN}-{problem.DIM}',
        batch_size=problem.BATCH,
        epochs=s['epochs'],
        base_lr=s['lr'] * 256 / problem.BATCH,
        sim_coeff=25.0,
        std_coeff=25.0,
        cov_coeff=1.0,
    )
    pooled = nn.Sequential(Trunk(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    resnet.tiny = lambda zero_init_residual: (pooled, problem.WIDTH)
    model = main_vicreg.VICReg(args)
    rules = [('backbone.0.', 'online.trunk.'), ('projector.', 'online.projector.')]
    fill(renamed(model.state_dict(), rules))
    record = Record('vicreg', source, lambda: renamed(model.state_dict(), rules))
    optimizer = main_vicreg.LARS(
        model.parameters(),
        lr=0,
        weight_decay=s['weight_decay'],
        momentum=s['momentum'],
        eta=s['eta'],
        weight_decay_filter=main_vicreg.exclude_bias_and_norm,
        lars_adaptation_filter=main_vicreg.exclude_bias_and_norm,
    )
    model.train()
    for epoch in range(args.epochs):
        loader = record.batches(epoch, images)
        for step, (x, y) in enumerate(loader, start=epoch * len(loader)):
            main_vicreg.adjust_learning_rate(args, optimizer, loader, step)
            optimizer.zero_grad()
            loss = model(x, y)
            record.losses.append(loss.item())
            loss.backward()
            optimizer.step()
    record.save()


if __name__ == '__main__':
    main()
