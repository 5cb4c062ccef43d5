"""The search for views: what it tries, in which order, on which images, and what it writes."""

import json
from pathlib import Path

import pytest
from mmengine.hooks import Hook

from mmcl.datasets.transforms import MultiView
from mmcl.engine.view_search import changed_view, name_of, search, trial_config, view_recipes, view_search
from mmcl.registry import DATASETS, HOOKS, TRANSFORMS
from mmcl.utils.cli import load_config
from mmcl.utils.errors import InputError
from tests import shrink
from tests.test_datasets.images import save

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = dict(mode='sweep', trials=3, epochs=1, images=24, held_out=16, candidates=4, seed=3)
SPACE = dict(crop=[0.3, 0.8], color=[0.0])


def fake(knn):
    """An evaluation from a table, which notes what it was asked."""
    asked = []

    def evaluate(knobs):
        asked.append(name_of(knobs))
        return dict(name=name_of(knobs), knobs=knobs, knn=knn.get(name_of(knobs), 0), infonce=1.0)

    return evaluate, asked


def test_knobs_change_what_they_name_and_nothing_else():
    view = dict(type='RandomView', size=32, crop_scale=(0.2, 0.9), jitter=(0.4, 0.4, 0.4, 0.3), blur_prob=0.5)
    assert changed_view(view, {}) == view
    assert changed_view(view, dict(crop=0.5)) == {**view, 'crop_scale': (0.5, 0.9)}
    assert changed_view(view, dict(crop=1.0))['crop_scale'] == (1.0, 1.0)
    assert changed_view(view, dict(color=2)) == {
        **view,
        'jitter': (0.8, 0.8, 0.8, 0.5),
    }  # a hue turns half at most
    assert changed_view(view, dict(color=0))['jitter'] is None
    assert changed_view(dict(type='RandomView', size=32), dict(color=0.5))['jitter'] == (0.2, 0.2, 0.2, 0.05)
    changed = changed_view(view, dict(blur=0.1, grey=0.2, solarize=0.3, flip=0.4))
    assert [changed[f'{name}_prob'] for name in ('blur', 'grey', 'solarize', 'flip')] == [0.1, 0.2, 0.3, 0.4]
    with pytest.raises(InputError, match="knob 'hue'.*crop, color"):
        changed_view(view, dict(hue=0.1))


def test_a_sweep_changes_one_knob_at_a_time():
    evaluate, asked = fake({'crop=0.8': 9})
    search(evaluate, SPACE, 'sweep')
    assert asked == ['base', 'crop=0.3', 'crop=0.8', 'color=0']


def test_a_greedy_search_keeps_the_best_value_of_each_knob_and_the_configs_own_where_it_is_best():
    evaluate, asked = fake({'base': 5, 'crop=0.8': 6, 'crop=0.8,color=0': 4, 'crop=0.8,blur=1': 7})
    found = search(evaluate, dict(SPACE, blur=[0.5, 1]), 'greedy')
    assert asked == [
        'base',
        'crop=0.3',
        'crop=0.8',
        'crop=0.8,color=0',
        'crop=0.8,blur=0.5',
        'crop=0.8,blur=1',
    ]
    assert max(found, key=lambda trial: trial['knn'])['name'] == 'crop=0.8,blur=1'


def test_a_grid_takes_all_combinations_and_a_random_search_some_of_them():
    evaluate, asked = fake({})
    search(evaluate, SPACE, 'grid')
    assert asked == ['base', 'crop=0.3,color=0', 'crop=0.8,color=0']
    evaluate, asked = fake({})
    space = dict(crop=[0.1, 0.2, 0.3], color=[0, 1, 2])
    search(evaluate, space, 'random', trials=4, seed=1)
    assert len(set(asked)) == 5
    again, asked_again = fake({})
    search(again, space, 'random', trials=4, seed=1)
    assert asked_again == asked
    with pytest.raises(InputError, match="mode='best'"):
        search(evaluate, space, 'best')


@pytest.fixture
def cfg(tmp_path):
    """SimCLR's FM config on 64 random images, shrunk."""
    cfg = load_config(str(ROOT / 'configs/simclr/r18w16_3e_fmnist.py'))
    return shrink.shrink(cfg, shrink.fashion_mnist(tmp_path / 'data', 64), '')


def test_a_trial_trains_and_measures_on_different_training_images(cfg, tmp_path):
    made = trial_config(cfg, dict(crop=0.8), str(tmp_path / 'trial'), SETTINGS)
    train, held_out = (
        DATASETS.build(loader.dataset) for loader in (made.train_dataloader, made.val_dataloader)
    )
    whole = DATASETS.build(cfg.train_dataloader.dataset)
    rows = [
        {whole.images.tobytes().find(image.tobytes()) // image.nbytes for image in part.images}
        for part in (train, held_out)
    ]
    train.full_init(), held_out.full_init()
    assert (len(train), len(held_out)) == (24, 16) and made.val_dataloader.dataset.split == 'train'
    assert not rows[0] & rows[1]
    assert made.test_dataloader is None and made.train_cfg.max_epochs == 1 and made.randomness.seed == 3
    assert all(view.crop_scale == (0.8, 1.0) for view in view_recipes(made))
    assert view_recipes(cfg)[0].crop_scale == (0.2, 1.0)  # the given config stays as it is


def test_a_config_without_labels_or_with_images_chosen_already_gets_a_sentence(cfg, tmp_path):
    cfg.train_dataloader.dataset.indices = 10
    with pytest.raises(InputError, match='indices=10.*holds images out by itself'):
        trial_config(cfg, {}, str(tmp_path), SETTINGS)
    del cfg.train_dataloader.dataset['indices']
    cfg.val_dataloader = None
    with pytest.raises(InputError, match='without kNN'):
        trial_config(cfg, {}, str(tmp_path), SETTINGS)
    cfg.model.data_preprocessor.views = None
    with pytest.raises(InputError, match='no views by RandomView'):
        view_recipes(cfg)


def numbers(cfg):
    """Stands for a run: kNN is best for the largest crops."""
    low = view_recipes(cfg)[0].crop_scale[0]
    return dict(knn=50 + 10 * low, infonce=3 - low, alignment=0.1, uniformity=-2.0)


def test_an_interrupted_search_goes_on_and_ends_as_an_unbroken_one(cfg, tmp_path):
    whole = view_search(cfg, str(tmp_path / 'whole'), SPACE, SETTINGS, numbers, say=lambda line: None)
    ran = []

    def twice(trial):
        if len(ran) == 2:
            raise KeyboardInterrupt
        ran.append(trial.work_dir)
        return numbers(trial)

    folder = str(tmp_path / 'broken')
    with pytest.raises(KeyboardInterrupt):
        view_search(cfg, folder, SPACE, SETTINGS, twice, say=lambda line: None)
    rest = []
    report = view_search(
        cfg,
        folder,
        SPACE,
        SETTINGS,
        lambda trial: rest.append(trial.work_dir) or numbers(trial),
        lambda line: None,
    )
    assert [Path(name).name for name in ran + rest] == ['base', 'crop=0.3', 'crop=0.8', 'color=0']
    assert report['trials'] == whole['trials'] and report['chosen'] == 'crop=0.8'
    written = json.loads((tmp_path / 'broken/results.json').read_text())
    assert written['trials'][2]['infonce'] == pytest.approx(2.2) and written['settings'] == SETTINGS
    assert (tmp_path / 'broken/views.png').stat().st_size > 1000
    with pytest.raises(InputError, match='other settings.*--work-dir'):
        view_search(cfg, folder, SPACE, dict(SETTINGS, epochs=2), numbers)


def test_more_images_than_there_are_get_a_sentence_before_anything_runs(cfg, tmp_path):
    for changes in (dict(images=49), dict(images=None, held_out=64)):
        with pytest.raises(InputError, match='64 training images, of which .* Expected 65 or more'):
            view_search(cfg, str(tmp_path / 'out'), SPACE, dict(SETTINGS, **changes))
    assert not (tmp_path / 'out').exists()


def test_the_chosen_views_are_a_config_that_others_inherit(cfg, tmp_path):
    view_search(cfg, str(tmp_path / 'out'), SPACE, SETTINGS, numbers, say=lambda line: None)
    made = load_config(str(tmp_path / 'out/config.py'))
    assert [view.crop_scale for view in made.model.data_preprocessor.views] == [(0.8, 1.0)] * 2
    assert made.model.head.temperature == 0.2  # the rest is the config's own
    leaf = tmp_path / 'leaf.py'
    leaf.write_text("_base_ = ['out/views.py']\nviews = _base_.views\n")
    from mmengine.config import Config

    assert Config.fromfile(leaf).views[1].crop_scale == (0.8, 1.0)


def test_views_of_a_pipeline_are_changed_and_written_too(tmp_path):
    cfg = load_config(str(ROOT / 'configs/mocov2/r50_200e.py'))
    cfg.train_dataloader.dataset.data_root = shrink.imagenet(tmp_path / 'data')
    view_search(cfg, str(tmp_path / 'out'), dict(crop=[0.8]), SETTINGS, numbers, say=lambda line: None)
    made = load_config(str(tmp_path / 'out/config.py'))
    steps = made.train_dataloader.dataset.pipeline
    assert [step.type for step in steps] == ['LoadImage', 'MultiView', 'PackViews']
    assert TRANSFORMS.build(steps[1]).views[0].crop_scale == (0.8, 1.0) and MultiView
    assert steps[1].views[0].blur_prob == 0.5


def test_real_runs_measure_what_the_views_share(cfg, tmp_path):
    report = view_search(cfg, str(tmp_path / 'out'), dict(crop=[0.9]), SETTINGS, say=lambda line: None)
    base, wide = report['trials']
    assert base['name'] == 'base' and wide['knobs'] == dict(crop=0.9)
    assert all(0 <= trial['knn'] <= 100 and trial['infonce'] < 1.3863 for trial in (base, wide))
    assert base['alignment'] != wide['alignment']
    assert list((tmp_path / 'out/base').glob('epoch_1.pth'))


@HOOKS.register_module()
class StopOnce(Hook):
    """Interrupts the first run after its first epoch."""

    stopped = False

    def before_train_epoch(self, runner):
        if runner.epoch == 1 and not StopOnce.stopped:
            StopOnce.stopped = True
            raise KeyboardInterrupt


def test_a_run_that_was_interrupted_goes_on_from_its_checkpoint(cfg, tmp_path):
    settings = dict(SETTINGS, epochs=2)
    whole = view_search(cfg, str(tmp_path / 'whole'), {}, settings, say=lambda line: None)
    cfg.custom_hooks = [*cfg.custom_hooks, dict(type='StopOnce')]
    with pytest.raises(KeyboardInterrupt):
        view_search(cfg, str(tmp_path / 'broken'), {}, settings, say=lambda line: None)
    broken = view_search(cfg, str(tmp_path / 'broken'), {}, settings, say=lambda line: None)
    assert broken['trials'] == whole['trials']


def test_class_folders_are_searched_like_any_data(tmp_path):
    root = tmp_path / 'photos'
    for i in range(20):
        save(root / 'ab'[i % 2] / f'{i}.png', i)
    cfg = load_config(str(ROOT / 'configs/simclr/r18w16_3e_fmnist.py'), data_root=str(root))
    made = trial_config(cfg, dict(blur=1.0), str(tmp_path), dict(SETTINGS, images=None, held_out=6))
    train, held_out = (
        DATASETS.build(loader.dataset) for loader in (made.train_dataloader, made.val_dataloader)
    )
    whole = DATASETS.build(cfg.train_dataloader.dataset)
    assert len(train) == len(whole) - 6 and len(held_out) == 6
    names = [{part.get_data_info(i)['img_path'] for i in range(len(part))} for part in (train, held_out)]
    assert not names[0] & names[1] and len(names[1]) == 6
    assert held_out[0]['inputs'].shape == (3, 32, 32) and len(train[0]['inputs']) == 2
    assert train.pipeline.transforms[1].views[0].blur_prob == 1.0
