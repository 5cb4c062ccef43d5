"""What two views tell of each other, and what an encoder keeps of it: python tools/analysis/mutual_information.py CONFIG [CHECKPOINT]."""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from mmcl.utils.cli import add_config_options, load_config, run_tool  # noqa: E402

OBJECTIVES = ['infonce', 'dv', 'mine', 'nwj', 'tuba', 'interpolated', 'jsd', 'smile']


def parse_args() -> argparse.Namespace:
    """Read the command line; imports nothing heavy, so --help answers at once."""
    parser = argparse.ArgumentParser(
        description='Estimate I(f(v1); f(v2)) of two training views of the held-out images: small critics are trained on the frozen '
        'embeddings of four fifths of the images and read on the others. In nats; bounds and estimates, not measurements.'
    )
    parser.add_argument('config', help='config that the encoder was trained with')
    parser.add_argument('checkpoint', nargs='?', help='file that training wrote; none: the untrained encoder')
    parser.add_argument('--layer', choices=['projection', 'backbone'], default='projection', help='what f is')
    parser.add_argument('--views', type=int, nargs=2, default=[0, 1], metavar='V', help='views of the recipe')
    parser.add_argument('--objectives', nargs='+', choices=OBJECTIVES, default=['infonce', 'mine', 'nwj'])
    parser.add_argument('--critic', choices=['separable', 'concat', 'cosine'], default='separable')
    parser.add_argument('--sufficiency', action='store_true', help='compare I(v1; v2) with I(f(v1); v2)')
    parser.add_argument('--pixels', type=int, default=32, metavar='N', help='side of v1 and v2 for it (32)')
    parser.add_argument('--images', type=int, default=10_000, metavar='N', help='at most so many (10000)')
    parser.add_argument('--rounds', type=int, default=2, metavar='N', help='pairs of views an image (2)')
    parser.add_argument('--steps', type=int, default=1000, metavar='N', help='of a critic (1000)')
    parser.add_argument('--batch-size', type=int, default=256, metavar='N', help='pairs a step (256)')
    parser.add_argument(
        '--candidates', type=int, default=512, metavar='K', help='InfoNCE is at most ln K (512)'
    )
    parser.add_argument('--lr', type=float, default=5e-4, help="of the critics' Adam (5e-4)")
    parser.add_argument('--seeds', type=int, default=5, metavar='N', help='critics an estimate (5)')
    parser.add_argument('--device', help='default: a GPU if there is one')
    parser.add_argument(
        '--out', metavar='F.json', help='default mutual_information.json beside the checkpoint'
    )
    parser.add_argument(
        '--trust-checkpoint', action='store_true', help='let the file run code: only your own files'
    )
    add_config_options(parser)
    return parser.parse_args()


def collect(learner, args: argparse.Namespace) -> tuple:
    """Embeddings and pixels of both views: a list a view of two tensors (rounds, images, D), the images in random order."""
    import numpy as np
    import torch
    import torch.nn.functional as F

    from mmcl.apis import evaluation_dataset
    from mmcl.engine.extract import extraction_loader
    from mmcl.engine.view_pairs import embed_views, layer_of
    from mmcl.registry import DATASETS
    from mmcl.utils.errors import expect
    from mmcl.utils.keyed_random import fixed_choice

    cfg = learner.cfg
    expect(cfg.get('train_dataloader'), 'A config without train_dataloader', 'a training recipe', 'Add one')
    dataset = DATASETS.build(evaluation_dataset(cfg))
    if len(dataset) > args.images:
        dataset = dataset.get_subset(fixed_choice(np.arange(len(dataset)), args.images).tolist())
    loader = extraction_loader(dataset, pipeline=cfg.train_dataloader.dataset.pipeline)
    code, widths = layer_of(learner, args.layer), {}

    def embed(images: torch.Tensor) -> torch.Tensor:
        made = code(images).float()
        grey = (
            images[:, :1] if bool((images[:, 1:] == images[:, :1]).all()) else images
        )  # of one channel, one copy
        side = min(args.pixels, images.shape[-1])
        pixels = F.adaptive_avg_pool2d(images, side).flatten(1)
        widths['code'], widths['grey'] = made.shape[1], grey.shape[1] == 1 and widths.get('grey', True)
        return torch.cat([made, pixels], dim=1)

    found = []
    for number in range(args.rounds):
        loader.sampler.set_epoch(number)
        found.append(embed_views(learner, loader, embed, args.views))
    shuffled = torch.randperm(len(found[0][0]), generator=torch.Generator().manual_seed(0))
    sides = [torch.stack([made[view] for made in found])[:, shuffled] for view in range(2)]
    codes, pixels = zip(
        *(side.split([widths['code'], side.shape[-1] - widths['code']], dim=-1) for side in sides)
    )
    if widths['grey']:
        pixels = [side[..., : side.shape[-1] // 3] for side in pixels]
    return codes, pixels


def main() -> None:
    """Embed, train critics, write down what they found."""
    args = parse_args()
    cfg = load_config(args.config, args.cfg_options, args.data_root)

    import math
    from pathlib import Path

    import torch

    from mmcl.apis import get_model
    from mmcl.engine.checkpoint import trust_checkpoints
    from mmcl.evaluation.mutual_info import CONCLUSIVE, Pairs, Settings, estimate, sufficiency
    from mmcl.utils.errors import expect
    from mmcl.utils.report import run_facts, write_json

    least = dict(images=1, rounds=1, steps=1, seeds=1, pixels=1, batch_size=2, candidates=2)
    for name, number in least.items():
        flag = f'--{name.replace("_", "-")}'
        expect(
            vars(args)[name] >= number, f'{flag} {vars(args)[name]}', f'at least {number}', f'Raise {flag}'
        )
    expect(args.lr > 0, f'--lr {args.lr}', 'a number above 0', 'Try --lr 5e-4')
    numbers = ' '.join(map(str, args.views))
    expect(min(args.views) >= 0, f'--views {numbers}', 'numbers from 0', 'Try --views 0 1')
    folder = Path(args.checkpoint).parent if args.checkpoint else Path('work_dirs')
    out = args.out or str(folder / 'mutual_information.json')
    os.makedirs(
        os.path.dirname(os.path.abspath(out)), exist_ok=True
    )  # what cannot be written is said before the work
    trust_checkpoints(args.trust_checkpoint)
    learner = get_model(cfg, args.checkpoint, args.device)
    codes, pixels = collect(learner, args)
    num = codes[0].shape[1]
    parts = slice(num * 4 // 5), slice(num * 4 // 5, None)
    settings = Settings(
        critic=args.critic,
        steps=args.steps,
        batch_size=args.batch_size,
        candidates=args.candidates,
        lr=args.lr,
    )
    pairs, ceiling = Pairs(*codes), math.log(args.candidates)
    results = {}
    for objective in args.objectives:
        values = [
            estimate(*(pairs.rows(part) for part in parts), settings._replace(objective=objective), seed)
            for seed in range(args.seeds)
        ]
        mean = sum(values) / len(values)
        spread = torch.tensor(values).std().item() if len(values) > 1 else None
        results[objective] = dict(mean=mean, spread=spread, values=values)
        note = f', near its ceiling {ceiling:.2f}: raise --candidates' if mean > CONCLUSIVE * ceiling else ''
        about = '' if spread is None else f' +- {spread:.3f}'
        print(
            f'I(f(v1); f(v2)), {objective:8s} {mean:.3f}{about} nats{note if objective == "infonce" else ""}'
        )
    facts = dict(checkpoint=args.checkpoint, num_images=num, **settings._asdict(), ceiling=ceiling)
    facts.pop('objective')
    report = dict(run_facts(cfg, None), protocol={**facts, **_protocol(args)}, estimates=results)
    if args.sufficiency:
        data = [pixels[0], codes[0], torch.cat([pixels[1], codes[1]], dim=-1)]
        train, test = ([variable[:, part] for variable in data] for part in parts)
        settings = settings._replace(objective=args.objectives[0])
        found = report['sufficiency'] = sufficiency(train, test, settings, range(args.seeds))
        means = [sum(found[name]) / args.seeds for name in ('view', 'code')]
        print('I(v1; v2) {:.3f}, I(f(v1); v2) {:.3f}, gap {:.3f}'.format(*means, found['gap']))
        print(found['verdict'])
    write_json(out, report)
    print(f'-> {out}')


def _protocol(args: argparse.Namespace) -> dict:
    names = ('layer', 'views', 'rounds', 'seeds', 'pixels')
    note = 'bounds and estimates by trained critics, read on images that they were not trained on; no measurements'
    return dict({name: vars(args)[name] for name in names}, note=note)


if __name__ == '__main__':
    run_tool(main)
