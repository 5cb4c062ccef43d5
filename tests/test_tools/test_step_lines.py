"""How much a newcomer has to read."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope='module')
def tool():
    spec = importlib.util.spec_from_file_location('step_lines', ROOT / 'tools/misc/step_lines.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_docstrings_and_blank_lines_do_not_count(tool, tmp_path):
    (tmp_path / 'a.py').write_text(
        '"""Two\nlines."""\n\nx = 1  # counts\n\n\ndef f():\n    """Doc."""\n    return x\n'
    )
    assert tool.count_lines(tmp_path / 'a.py') == 3


def test_mocos_training_step_passes_through_less_than_600_lines(tool):
    lines = tool.step_lines(str(ROOT / 'configs/mocov2/r50_200e.py'))
    assert {
        'mmcl/models/methods/moco.py',
        'mmcl/models/losses/info_nce.py',
        'configs/mocov2/r50_200e.py',
    } <= set(lines)
    assert sum(lines.values()) < 600, lines


def test_a_config_may_lie_outside_of_the_project(tool, tmp_path):
    config = tmp_path / 'mine.py'
    config.write_text(f"_base_ = ['{ROOT}/configs/simsiam/r18w16_3e_fmnist.py']\n")
    lines = tool.step_lines(str(config))
    assert lines[str(config)] == 1 and 'mmcl/models/heads/latent_head.py' in lines
