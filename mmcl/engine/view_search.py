"""Which views suit a data set or a task: short runs with other strengths of augmentation, judged on held-out training images."""

import copy
import itertools
import json
import os
import pprint
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config, ConfigDict

from mmcl.registry import DATASETS
from mmcl.utils.errors import InputError, expect
from mmcl.utils.report import run_facts, write_json

from .runner import ContrastiveRunner

Knobs = dict[str, float]
MODES = ('sweep', 'greedy', 'grid', 'random')
_PROBABILITIES = dict(blur='blur_prob', grey='grey_prob', solarize='solarize_prob', flip='flip_prob')
KNOBS = ('crop', 'color', *_PROBABILITIES)
_JITTER = (0.4, 0.4, 0.4, 0.1)


# the views of a config


def view_recipes(cfg: Config) -> list[ConfigDict]:
    """The recipes of a config's training views, made on the device or in the pipeline.

    Raises:
        InputError: The config makes no views by recipe.
    """
    views = _device_views(cfg)
    if not views:
        steps = cfg.train_dataloader.dataset.get('pipeline') or []
        views = next((step['views'] for step in steps if 'views' in step), None)
    expect(
        views and all(view.get('type') == 'RandomView' for view in views),
        f'{cfg.filename or "The config"} makes no views by RandomView',
        'recipes of RandomView, in model.data_preprocessor.views or in MultiView of the training pipeline',
        'Choose another config',
    )
    return list(views)


def _device_views(cfg: Config) -> Sequence | None:
    return (cfg.model.get('data_preprocessor') or {}).get('views')


def set_views(cfg: Config, views: Sequence[Mapping]) -> None:
    """Give a config other recipes, where its own are."""
    if _device_views(cfg):
        cfg.model.data_preprocessor.views = list(views)
    else:
        steps = cfg.train_dataloader.dataset.pipeline
        cfg.train_dataloader.dataset.pipeline = [
            ConfigDict(step, views=list(views)) if 'views' in step else step for step in steps
        ]


def changed_view(view: Mapping, knobs: Knobs) -> dict:
    """A recipe with other strengths.

    Args:
        view (Mapping): Config of a ``RandomView``.
        knobs (dict): ``crop``, the smallest share of the area, in (0, 1]; ``color``, a factor of the jitter's strengths, >= 0 (of MoCo
            v2's where the recipe has none; 0 switches it off); ``blur``, ``grey``, ``solarize``, ``flip``, probabilities.

    Raises:
        InputError: An unknown knob.
    """
    view = dict(view)
    for name, value in knobs.items():
        if name == 'crop':
            view['crop_scale'] = (value, max(tuple(view.get('crop_scale', (0.2, 1.0)))[1], value))
        elif name == 'color':
            strengths = [round(value * strength, 6) for strength in view.get('jitter') or _JITTER]
            view['jitter'] = (*strengths[:3], min(strengths[3], 0.5)) if value else None
        elif name in _PROBABILITIES:
            view[_PROBABILITIES[name]] = value
        else:
            raise InputError(f'A knob {name!r}', f'one of {", ".join(KNOBS)}', 'Name another')
    return view


# the order of trials


def name_of(knobs: Knobs) -> str:
    """E.g. 'crop=0.2,color=1'; 'base' for the config's own views."""
    return ','.join(f'{name}={value:g}' for name, value in knobs.items()) or 'base'


def search(
    evaluate: Callable[[Knobs], dict],
    space: Mapping[str, Sequence[float]],
    mode: str,
    trials: int = 10,
    seed: int = 0,
) -> list[dict]:
    """Try settings, the config's own first.

    Args:
        evaluate (callable): From knobs to a dict with ``knn``.
        space (Mapping): Values of each knob.
        mode (str): 'sweep', one knob at a time, the others as in the config; 'greedy', knob after knob, each kept at its best value;
            'grid', all combinations; 'random', ``trials`` of them.
        trials (int): See there.
        seed (int): Of the random choice.

    Returns:
        list[dict]: What ``evaluate`` gave, in order, each once.
    """
    expect(mode in MODES, f'mode={mode!r}', f'one of {", ".join(MODES)}', 'Choose another')
    found = {name_of({}): evaluate({})}

    def value_of(knobs: Knobs) -> float:
        if name_of(knobs) not in found:
            found[name_of(knobs)] = evaluate(knobs)
        return found[name_of(knobs)]['knn']

    if mode in ('sweep', 'greedy'):
        kept = {}
        for knob, values in space.items():
            settings = [{**kept, knob: value} for value in values]
            best = max(settings, key=value_of)  # the first of several
            if mode == 'greedy' and value_of(best) > value_of(kept):
                kept = best
    else:
        combinations = [dict(zip(space, values)) for values in itertools.product(*space.values())]
        if mode == 'random':
            order = np.random.default_rng(seed).permutation(len(combinations))[:trials]
            combinations = [combinations[i] for i in order]
        for knobs in combinations:
            value_of(knobs)
    return list(found.values())


# one trial


def trial_config(cfg: Config, knobs: Knobs, folder: str, settings: Mapping[str, Any]) -> Config:
    """The config of a short run with other views, which trains on some training images and is measured on others.

    Args:
        cfg (Config): With kNN and without a choice of training images (``indices``).
        knobs (dict): See :func:`changed_view`; all views are changed alike.
        folder (str): Its work dir; a run that was interrupted there goes on.
        settings (Mapping): ``images``, ``held_out``, ``epochs``, ``seed``, ``candidates``.
    """
    training = cfg.train_dataloader.dataset
    expect(
        cfg.get('val_dataloader') and cfg.get('val_evaluator'),
        f'{cfg.filename} without kNN',
        'labelled images and a KNNMetric',
        'Start it from _base_/knn.py, or give --data-root a folder with a folder for each class',
    )
    expect(
        'indices' not in training,
        f'train_dataloader.dataset.indices={training.get("indices")}',
        'all training images',
        'Leave it out: the search holds images out by itself',
    )
    cfg = copy.deepcopy(cfg)
    set_views(cfg, [ConfigDict(changed_view(view, knobs)) for view in view_recipes(cfg)])
    held_out = settings['held_out']
    cfg.val_dataloader.dataset = ConfigDict(
        {
            **copy.deepcopy(training),
            'pipeline': cfg.val_dataloader.dataset.pipeline,
            'indices': dict(start=0, stop=held_out),
        }
    )
    stop = dict(stop=held_out + settings['images']) if settings['images'] else {}
    cfg.train_dataloader.dataset.indices = dict(start=held_out, **stop)
    own = cfg.val_evaluator if isinstance(cfg.val_evaluator, list) else [cfg.val_evaluator]
    cfg.val_evaluator = [metric for metric in own if metric['type'] == 'KNNMetric'] + [
        dict(type='MutualInfoMetric', bounds=['infonce'], candidates=settings['candidates']),
        dict(type='AlignUniformMetric'),
    ]
    hooks = [hook for hook in cfg.get('custom_hooks') or [] if hook['type'] != 'ViewPairHook']
    cfg.custom_hooks = [*hooks, dict(type='ViewPairHook', max_images=max(held_out, 2))]
    cfg.test_dataloader = cfg.test_cfg = cfg.test_evaluator = None
    cfg.train_cfg.update(max_epochs=settings['epochs'], val_interval=settings['epochs'])
    for schedule in cfg.get('param_scheduler') or []:
        if schedule.get('warmup', 0) >= settings['epochs']:
            schedule.warmup = 0
    cfg.default_hooks.checkpoint.update(save_best=None, max_keep=1)
    cfg.randomness = dict(seed=settings['seed'])
    cfg.work_dir, cfg.resume, cfg.load_from, cfg.launcher = folder, True, None, 'none'
    cfg.experiment_name = f'{Path(folder).parent.name}_{Path(folder).name}'
    return cfg


def run_trial(cfg: Config) -> dict[str, float]:
    """Train and measure: ``knn`` in percent, ``infonce`` in nats, ``alignment``, ``uniformity``.

    Raises:
        InputError: Images without labels, or fewer than are to be held out and trained on.
    """
    chosen = cfg.train_dataloader.dataset
    images = DATASETS.build({name: value for name, value in chosen.items() if name != 'indices'})
    images.full_init()
    held_out = chosen.indices['start']
    needed = chosen.indices.get('stop', held_out + 1)
    expect(
        len(images) >= needed,
        f'{len(images)} training images, of which {held_out} are to be held out',
        f'{needed} or more',
        'Lower --held-out and --images, or give more images',
    )
    ContrastiveRunner.from_cfg(cfg).train()
    last = json.loads(Path(cfg.work_dir, 'result.json').read_text())['history'][-1]
    names = dict(
        knn='knn/top1', infonce='views/infonce', alignment='views/alignment', uniformity='views/uniformity'
    )
    expect(
        'knn/top1' in last,
        'The images have no labels',
        'labels, to measure kNN by',
        'Give --data-root class folders',
    )
    return {name: last[key] for name, key in names.items()}


# the whole


def view_search(
    cfg: Config,
    work_dir: str,
    space: Mapping[str, Sequence[float]],
    settings: Mapping[str, Any],
    run: Callable[[Config], dict[str, float]] = run_trial,
    say: Callable[[str], None] = print,
) -> dict:
    """Search, and write down what was found; what an earlier call in the same folder finished is not run again.

    Files in ``work_dir``: ``results.json``; ``views.png``; ``views.py``, the chosen recipes for a config's ``_base_``; ``config.py``, the
    given config with them; and a folder for each trial.

    Args:
        cfg (Config): Checked.
        work_dir (str): Folder.
        space (Mapping): Values of each knob, see :func:`changed_view`.
        settings (Mapping): Those of :func:`trial_config`, and ``mode`` and ``trials`` of :func:`search`.
        run (callable): From a trial's config to its numbers.
        say (callable): Takes a line a trial.

    Returns:
        dict: What ``results.json`` holds.

    Raises:
        InputError: The folder holds another search.
    """
    target = Path(work_dir, 'results.json')
    about = dict(settings=dict(settings), space={name: list(values) for name, values in space.items()})
    report = {**run_facts(cfg, settings['seed']), **about, 'views': _plain(view_recipes(cfg)), 'trials': []}
    if target.is_file():
        earlier = json.loads(target.read_text())
        same = all(
            earlier.get(key) == json.loads(json.dumps(report[key])) for key in (*about, 'config', 'views')
        )
        expect(
            same,
            f'{work_dir} holds a search with other settings',
            'a new folder, or the same command',
            'Give another --work-dir',
        )
        report['trials'] = earlier['trials']
    done = {trial['name']: trial for trial in report['trials']}

    def evaluate(knobs: Knobs) -> dict:
        name = name_of(knobs)
        if name not in done:
            numbers = run(trial_config(cfg, knobs, str(Path(work_dir, name)), settings))
            done[name] = dict(name=name, knobs=knobs, **numbers)
            report['trials'] = list(done.values())
            write_json(str(target), report)
        trial = done[name]
        say(f'{name:24s} kNN {trial["knn"]:.2f} %   I(v1; v2) >= {trial["infonce"]:.2f} nats')
        return trial

    report['trials'] = search(evaluate, space, settings['mode'], settings['trials'], settings['seed'])
    best = max(report['trials'], key=lambda trial: trial['knn'])
    report['chosen'] = best['name']
    write_json(str(target), report)
    _write_views(cfg, best, work_dir)
    draw(report['trials'], best['name'], str(Path(work_dir, 'views.png')))
    return report


def _plain(views: Sequence[Mapping]) -> list[dict]:
    return [dict(Config(dict(view=view)).to_dict()['view']) for view in views]


def _write_views(cfg: Config, best: Mapping[str, Any], work_dir: str) -> None:
    """``views.py`` and ``config.py``."""
    cfg = copy.deepcopy(cfg)
    set_views(cfg, [changed_view(view, best['knobs']) for view in view_recipes(cfg)])
    views = f'views = {pprint.pformat(_plain(view_recipes(cfg)), width=100, sort_dicts=False)}\n'
    config = os.path.relpath(cfg.filename, work_dir)
    first = f'# Views chosen by tools/view_search.py: {best["name"]}, kNN {best["knn"]:.2f} on held-out training images.\n'
    Path(work_dir, 'views.py').write_text(first + views)
    if _device_views(cfg):
        change = 'model = dict(data_preprocessor=dict(views=views))\n'
    else:
        steps = Config(dict(steps=cfg.train_dataloader.dataset.pipeline)).to_dict()['steps']
        shown = pprint.pformat(
            [{**step, 'views': 0} if 'views' in step else step for step in steps], width=100, sort_dicts=False
        )
        change = f"train_pipeline = {shown}\nfor step in train_pipeline:\n    if 'views' in step:\n        step['views'] = views\n"
        change += 'del step\ntrain_dataloader = dict(dataset=dict(pipeline=train_pipeline))\n'
    Path(work_dir, 'config.py').write_text(f'{first}_base_ = [{config!r}]\n\n{views}{change}')


def draw(trials: Sequence[Mapping[str, Any]], chosen: str, path: str) -> None:
    """Plot kNN over the information that views share; values of one knob are joined in their order."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 5))
    FigureCanvasAgg(figure)
    axis = figure.add_subplot()
    single = {}
    for trial in trials:
        if len(trial['knobs']) == 1:
            ((knob, value),) = trial['knobs'].items()
            single.setdefault(knob, []).append((value, trial['infonce'], trial['knn']))
    for knob, points in single.items():
        axis.plot(*zip(*(point[1:] for point in sorted(points))), '-', alpha=0.5, label=knob)
    for trial in trials:
        marker = '*' if trial['name'] == chosen else 'o'
        axis.plot(
            trial['infonce'], trial['knn'], marker, color='black', markersize=12 if marker == '*' else 4
        )
        axis.annotate(
            trial['name'],
            (trial['infonce'], trial['knn']),
            fontsize=7,
            xytext=(4, 4),
            textcoords='offset points',
        )
    axis.set_xlabel('I(v1; v2), InfoNCE bound on held-out images, nats')
    axis.set_ylabel('kNN on held-out training images, %')
    if single:
        axis.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
