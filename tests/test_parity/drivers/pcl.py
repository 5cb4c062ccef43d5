"""PCL: the authors' model, their training loop and schedule, from given clusters."""

import copy
from argparse import Namespace
from typing import Dict

import torch
from torch import Tensor, nn

from .. import problem
from .common import Network, Record, checkout, fill, images, renamed, stand_in

RULES = [
    ('encoder_q.fc.', 'online.projector.'),
    ('encoder_k.fc.', 'target.projector.'),
    ('encoder_q.', 'online.'),
    ('encoder_k.', 'target.'),
    ('queue_ptr', 'pointer'),
    ('queue_index', None),
    ('queue', 'queue'),
]


def tensors(model: nn.Module) -> Dict[str, Tensor]:
    """By their common names."""
    named = renamed(model.state_dict(), RULES)
    return dict(named, queue=named['queue'].T, pointer=named['pointer'].squeeze())


def moved(model: nn.Module) -> Dict[str, Tensor]:
    """The same, with the target as the next forward pass would begin."""
    twin = copy.deepcopy(model)
    twin._momentum_update_key_encoder()
    return tensors(twin)


def given_clusters(epoch: int, settings: dict, tree: bool = False) -> dict:
    """The problem's clusters as the authors' scripts hold them; None while these warm up."""
    if epoch < settings['warmup']:
        return None
    levels = problem.clusters(epoch, settings['clusters'], tree)
    names = dict(im2cluster='assignments', centroids='centroids', density='density')
    result = {theirs: [torch.from_numpy(level[mine]) for level in levels] for theirs, mine in names.items()}
    if tree:
        result['cluster2cluster'] = [torch.from_numpy(level['parents']) for level in levels[:-1]]
        centroids = result['centroids']
        result['logits'] = [lower @ upper.T for lower, upper in zip(centroids, centroids[1:])]
    return result


def indices(step: int, epochs: int) -> Tensor:
    """The images of a step, which come in order in every epoch."""
    return torch.arange(problem.BATCH) + step % (problem.STEPS // epochs) * problem.BATCH


def main() -> None:
    _, source = checkout('https://github.com/salesforce/PCL')
    stand_in()
    import main_pcl
    import pcl.builder

    main_pcl.accuracy = lambda *args, **kwargs: (
        [torch.zeros(1)] * 2
    )  # for the log; recent torch refuses its view
    pcl.builder.sample = lambda ids, num: sorted(ids)  # random.sample refuses sets by now; all are taken
    s = problem.SETTINGS['pcl']
    args = Namespace(
        epochs=s['epochs'], lr=s['lr'], cos=True, gpu=None, print_freq=100, num_cluster=s['clusters']
    )
    model = pcl.builder.MoCo(
        Network, dim=problem.DIM, r=problem.QUEUE, m=problem.EMA, T=s['temperature'], mlp=True
    )
    fill(tensors(model))
    record = Record('pcl', source, lambda: moved(model))
    record.watch(main_pcl)
    optimizer = torch.optim.SGD(
        model.parameters(), s['lr'], momentum=s['momentum'], weight_decay=s['weight_decay']
    )
    for epoch in range(args.epochs):
        main_pcl.adjust_learning_rate(optimizer, epoch, args)
        loader = record.batches(epoch, lambda step: (images(step), indices(step, args.epochs)))
        clusters = given_clusters(epoch, s)
        main_pcl.train(loader, model, nn.CrossEntropyLoss(), optimizer, epoch, args, clusters)
    record.save()


if __name__ == '__main__':
    main()
