"""i-Mix on N-pair, MoCo and BYOL: the authors' model with its losses, SGD, warm-up and schedule, in their own training loop.

What they draw at random, shares and partners, is the problem's. They move the target within the forward pass, which is said again here.
"""

import copy
from argparse import Namespace

import torch
from torch import nn

from .. import problem
from .common import Network, Record, checkout, fill, images, renamed, stand_in, stub

# name -> (their method, projector, predictor)
METHODS = dict(
    imix_simclr=('npair', 'mlpbn', 'none'),
    imix_moco=('mocon', 'mlpbn1', 'none'),
    imix_byol=('byol', 'mlpbn1', 'mlpbn1'),
)


def run(name: str, source: dict) -> None:
    """Record one of the three."""
    import main_pretext
    from builder import Builder

    main_pretext.accuracy = lambda *args, **kwargs: (
        [torch.zeros(1)] * 2
    )  # for the log; recent torch refuses its view
    s = problem.SETTINGS[name]
    method, projector, predictor = METHODS[name]
    args = Namespace(
        epochs=s['epochs'],
        lr=s['lr'],
        cos=False,
        schedule=s['milestones'],
        lrd=s['gamma'],
        warm=True,
        warm_epochs=s['warmup'],
        warmup_from=0.0,
        warmup_to=s['lr'],
        imix='imixup',
        alpha=1.0,
        mix_layers='0',
        inputmix=0,
        alpha2=1.0,
        inputdrop=0.0,
        cos_m=False,
        gpu=None,
        print_freq=100,
    )
    model = Builder(
        Network,
        problem.DIM,
        problem.QUEUE,
        problem.EMA,
        s['temperature'],
        projector,
        pred=predictor,
        method=method,
        shuffle_bn=False,  # its permutations would come from the draws below, and with one process change nothing
    )
    rules = []
    for theirs, ours in (
        ('encoder_q.fc.', 'online.projector.'),
        ('encoder_k.fc.', 'target.projector.'),
        ('pred.', 'predictor.'),
    ):
        rules += [(f'{theirs}{i}.bn.', f'{ours}{i}.') for i in (1, 4)] + [(theirs, ours)]
    rules += [
        ('encoder_q.', 'online.'),
        ('encoder_k.', 'target.'),
        ('queue_ptr', 'pointer'),
        ('queue', 'queue'),
    ]

    def tensors(model: nn.Module) -> dict:
        named = renamed(model.state_dict(), rules)
        if 'queue' in named:
            named.update(queue=named['queue'].T, pointer=named['pointer'].squeeze())
        return named

    def state() -> dict:
        twin = copy.deepcopy(model)
        if twin.encoder_k is not None:  # as the next forward pass would begin
            for online, target in zip(twin.encoder_q.parameters(), twin.encoder_k.parameters()):
                target.data = target.data * problem.EMA + online.data * (1 - problem.EMA)
        return tensors(twin)

    fill(tensors(model))
    record = Record(name, source, state)
    record.watch(main_pretext)
    draw = lambda which: torch.from_numpy(problem.mixing(record.step)[which])  # noqa: E731
    torch.randperm = lambda num, device=None: draw(0)
    torch.distributions.beta.Beta.sample = lambda self, shape: draw(1)
    optimizer = torch.optim.SGD(
        model.parameters(), s['lr'], momentum=s['momentum'], weight_decay=s['weight_decay']
    )
    for epoch in range(args.epochs):
        main_pretext.adjust_learning_rate(optimizer, epoch, args)
        loader = record.batches(epoch, lambda step: (images(step), None))
        criterion = nn.CrossEntropyLoss(reduction='none')
        main_pretext.train(loader, model, criterion, optimizer, epoch, None, args)
    record.save()


def main() -> None:
    _, source = checkout('https://github.com/kibok90/imix')
    stand_in()
    stub('speech_commands', 'tabular')
    for name in METHODS:
        run(name, source)


if __name__ == '__main__':
    main()
