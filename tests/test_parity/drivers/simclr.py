"""SimCLR: the authors' loss, LARS and schedule, over a stand-in for TensorFlow; the network is torch's."""

import sys
from types import ModuleType, SimpleNamespace

import torch
from torch import nn

from .. import problem
from . import tensorflow_on_torch as tensorflow
from .common import Network, Record, checkout, fill, images, renamed, stand_in, stub


def variable_name(name: str, parameter: torch.Tensor) -> str:
    """As TensorFlow would call it, since LARS leaves out by name."""
    norm = parameter.dim() == 1 and name.endswith('weight')
    return name.replace('weight', 'batch_normalization/gamma') if norm else name


def main() -> None:
    _, source = checkout('https://github.com/google-research/simclr')
    stand_in()
    tensorflow.install()
    flags = SimpleNamespace()
    sys.modules['absl'] = ModuleType('absl')
    sys.modules['absl'].flags = SimpleNamespace(FLAGS=flags)
    stub('resnet')
    import model_util
    import objective

    s = problem.SETTINGS['simclr']
    per_epoch = problem.STEPS // s['epochs']
    vars(flags).update(
        train_steps=problem.STEPS,
        train_batch_size=problem.BATCH,
        warmup_epochs=s['warmup'],
        learning_rate_scaling='linear',
        optimizer='lars',
        momentum=s['momentum'],
        weight_decay=s['weight_decay'],
        use_tpu=False,
    )
    model = Network(problem.DIM)
    model.fc = nn.Sequential(
        nn.Linear(problem.WIDTH, problem.HIDDEN, bias=False),
        nn.BatchNorm1d(problem.HIDDEN),
        nn.ReLU(),
        nn.Linear(problem.HIDDEN, problem.DIM, bias=False),
        nn.BatchNorm1d(problem.DIM),
    )
    model.fc[-1].bias.requires_grad_(False).zero_()  # center=False
    rules = [('fc.4.bias', None), ('fc.', 'online.projector.'), ('trunk.', 'online.trunk.')]
    fill(renamed(model.state_dict(), rules))
    record = Record('simclr', source, lambda: renamed(model.state_dict(), rules))
    trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
    variables = [tensorflow.Variable(variable_name(name, p), p) for name, p in trained.items()]
    for tensorflow.STATE.step in range(problem.STEPS):
        rate = model_util.learning_rate_schedule(
            s['lr'] * 256 / problem.BATCH, num_examples=per_epoch * problem.BATCH
        )
        lars = model_util.get_optimizer(rate)
        lars.eeta = s['eta']
        hidden = model(torch.cat(images(tensorflow.STATE.step)))
        loss, _, _ = objective.add_contrastive_loss(hidden, temperature=s['temperature'])
        record.losses.append(loss.item())
        gradients = torch.autograd.grad(loss, list(trained.values()))
        with torch.no_grad():
            lars.apply_gradients(zip(gradients, variables))
        record.stepped()
    record.save()


if __name__ == '__main__':
    main()
