"""The command line of the search for views."""

import importlib.util
import sys
from pathlib import Path

import pytest

from mmcl.engine import view_search as engine
from mmcl.utils.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
CONFIG = str(ROOT / 'configs/simclr/r18w16_3e_fmnist.py')


@pytest.fixture
def tool():
    spec = importlib.util.spec_from_file_location('view_search_tool', ROOT / 'tools/view_search.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def type_in(monkeypatch, *words):
    monkeypatch.setattr(sys, 'argv', ['tool', CONFIG, *words])


def test_what_is_typed_reaches_the_search(tool, monkeypatch, capsys):
    given = {}

    def search(cfg, work_dir, space, settings):
        given.update(work_dir=work_dir, space=space, settings=settings, precision=cfg.precision)
        return dict(chosen='crop=0.5')

    monkeypatch.setattr(engine, 'view_search', search)
    type_in(
        monkeypatch,
        '--space',
        'crop=0.1,0.5',
        'blur=1',
        '--mode',
        'greedy',
        '--images',
        '900',
        '--precision',
        'fp32',
    )
    tool.main()
    assert given['space'] == dict(crop=[0.1, 0.5], blur=[1.0]) and given['precision'] == 'fp32'
    assert given['settings']['mode'] == 'greedy' and given['settings']['images'] == 900
    assert given['work_dir'] == 'work_dirs/view_search/simclr_r18w16_3e_fmnist'
    assert 'chosen: crop=0.5' in capsys.readouterr().out


@pytest.mark.parametrize(
    'words, message',
    [
        (['--space', 'crop=wide'], 'crop=wide'),
        (['--space', 'hue=0.1'], "knob 'hue'"),
        (['--space', 'crop=2'], 'crop_scale'),
    ]
    + [(['--epochs', '0'], '--epochs 0'), (['--held-out', '3'], '--held-out 3')],
)
def test_what_no_view_can_have_is_refused_before_anything_runs(tool, monkeypatch, words, message):
    type_in(monkeypatch, *words)
    with pytest.raises(InputError, match=message):
        tool.main()
