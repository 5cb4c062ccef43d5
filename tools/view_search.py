"""Find the views that suit a data set: python tools/view_search.py CONFIG [--data-root DIR] [--space crop=0.05,0.2,0.5 color=0,1,2]."""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from mmcl.utils.cli import add_config_options, load_config, run_tool  # noqa: E402

SPACE = ['crop=0.05,0.2,0.5,0.8', 'color=0,0.5,1,2']


def parse_args() -> argparse.Namespace:
    """Read the command line; imports nothing heavy, so --help answers at once."""
    parser = argparse.ArgumentParser(
        description='Pre-train shortly with other strengths of augmentation, and measure each on held-out training images: kNN, and '
        'what the two views of an image tell of each other (InfoNCE, nats). Writes results.json, a plot and the chosen views as a config. '
        'The same command goes on after an interruption. Test images are not looked at.'
    )
    parser.add_argument('config', help='config of the method; its training views are where the search starts')
    parser.add_argument(
        '--space',
        nargs='+',
        default=SPACE,
        metavar='KNOB=V,V',
        help='crop (smallest area), color (factor of the jitter), blur, grey, solarize, flip (probabilities); default '
        + ' '.join(SPACE),
    )
    parser.add_argument(
        '--mode',
        choices=['sweep', 'greedy', 'grid', 'random'],
        default='sweep',
        help='one knob at a time (default); knob after knob, keeping the best; all combinations; some of them',
    )
    parser.add_argument('--trials', type=int, default=10, metavar='N', help='of --mode random (10)')
    parser.add_argument('--epochs', type=int, default=2, metavar='N', help='of each run (2)')
    parser.add_argument(
        '--images', type=int, metavar='N', help='to train on; default: all but those held out'
    )
    parser.add_argument(
        '--held-out', type=int, default=2000, metavar='N', help='training images to measure on (2000)'
    )
    parser.add_argument(
        '--candidates', type=int, default=512, metavar='K', help='InfoNCE is at most ln K (512)'
    )
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--precision', choices=['auto', 'fp32', 'bf16', 'fp16'], default='auto')
    parser.add_argument('--work-dir', metavar='DIR', help='default work_dirs/view_search/<method>_<config>')
    add_config_options(parser)
    return parser.parse_args()


def read_space(words: list) -> dict:
    """``['crop=0.1,0.5']`` -> ``{'crop': [0.1, 0.5]}``."""
    from mmcl.utils.errors import InputError

    space = {}
    for word in words:
        name, _, values = word.partition('=')
        try:
            space[name] = [float(value) for value in values.split(',')]
        except ValueError:
            raise InputError(f'--space {word}', 'a knob and numbers, e.g. crop=0.1,0.5', 'Mend it') from None
    return space


def main() -> None:
    """Search and say what was chosen."""
    args = parse_args()
    cfg = load_config(args.config, args.cfg_options, args.data_root)

    from pathlib import Path

    from mmengine.registry import init_default_scope

    from mmcl.engine.precision import resolve_precision
    from mmcl.engine.view_search import changed_view, view_recipes, view_search
    from mmcl.registry import TRANSFORMS
    from mmcl.utils.errors import expect

    init_default_scope(cfg.get('default_scope', 'mmcl'))
    settings = {
        name: vars(args)[name]
        for name in ('mode', 'trials', 'epochs', 'images', 'held_out', 'candidates', 'seed')
    }
    for name in ('trials', 'epochs', 'images', 'held_out', 'candidates'):
        flag = f'--{name.replace("_", "-")}'
        least = 4 if name == 'held_out' else 1
        expect(
            settings[name] is None or settings[name] >= least,
            f'{flag} {settings[name]}',
            f'at least {least}',
            f'Raise {flag}',
        )
    space = read_space(args.space)
    for name, values in space.items():
        for value in values:
            for view in view_recipes(cfg):
                TRANSFORMS.build(changed_view(view, {name: value}))  # refuses what no view can have
    resolve_precision(cfg, args.precision)
    config = Path(args.config).resolve()
    work_dir = args.work_dir or f'work_dirs/view_search/{config.parent.name}_{config.stem}'
    report = view_search(cfg, work_dir, space, settings)
    print(f'chosen: {report["chosen"]} -> {work_dir}/config.py, {work_dir}/views.py, {work_dir}/views.png')


if __name__ == '__main__':
    run_tool(main)
