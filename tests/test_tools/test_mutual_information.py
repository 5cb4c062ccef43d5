"""The tool that estimates what views and embeddings tell of each other."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest
import torch

from mmcl.utils.errors import InputError
from tests import shrink

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def tool():
    spec = importlib.util.spec_from_file_location(
        'mutual_information', ROOT / 'tools/analysis/mutual_information.py'
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def command(tmp_path, monkeypatch):
    """Type the tool's command line on a small encoder of 10 random images."""
    root = shrink.fashion_mnist(tmp_path / 'data')
    text = (
        f"_base_ = ['{ROOT}/configs/simclr/r18w16_3e_fmnist.py']\n"
        'model = dict(backbone=dict(base_channels=4, stem_channels=4), neck=dict(in_channels=32, hidden_channels=8, out_channels=6))\n'
        f"val_dataloader = dict(batch_size=4, dataset=dict(data_root='{root}'))\ntest_dataloader = val_dataloader\n"
    )
    (tmp_path / 'small.py').write_text(text)
    fixed = ['--steps', '3', '--batch-size', '4', '--candidates', '2', '--seeds', '2', '--pixels', '4']

    def type_in(*words):
        monkeypatch.setattr(sys, 'argv', ['tool', str(tmp_path / 'small.py'), *fixed, *words])
        return tmp_path

    return type_in


def test_it_writes_estimates_with_their_protocol(tool, command, capsys):
    folder = command('--objectives', 'infonce', 'nwj', '--sufficiency', '--out', str(command() / 'out.json'))
    tool.main()
    report = json.loads((folder / 'out.json').read_text())
    assert set(report['estimates']) == {'infonce', 'nwj'} and len(report['estimates']['nwj']['values']) == 2
    assert report['protocol']['num_images'] == 10 and report['protocol']['candidates'] == 2
    assert len(report['sufficiency']['code']) == 2 and report['config'].endswith('small.py')
    printed = capsys.readouterr().out
    assert 'I(f(v1); f(v2)), infonce' in printed and 'gap' in printed


def test_codes_and_pixels_are_those_of_the_views_that_training_makes(tool, command):
    from mmcl.apis import get_model
    from mmcl.engine.extract import extraction_loader
    from mmcl.registry import DATASETS
    from mmcl.utils.cli import load_config

    command('--rounds', '2', '--layer', 'backbone')
    args = tool.parse_args()
    cfg = load_config(args.config)
    learner = get_model(cfg)
    (one, other), pixels = tool.collect(learner, args)
    assert one.shape == other.shape == (2, 10, 32)
    assert pixels[0].shape == (2, 10, 16)  # grey images: one of three equal channels, 4 x 4
    assert not torch.equal(one[0], one[1]) and not torch.equal(one, other)
    loader = extraction_loader(DATASETS.build(cfg.test_dataloader.dataset), 10)
    loader.sampler.set_epoch(1)
    made = learner.data_preprocessor(next(iter(loader)), True)['inputs'][1]
    with torch.no_grad():
        expected = learner.features(made)
    order = torch.randperm(10, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(other[1], expected[order], rtol=1e-4, atol=1e-5)
    small = torch.nn.functional.adaptive_avg_pool2d(made[:, :1], 4).flatten(1)
    torch.testing.assert_close(pixels[1][1], small[order], rtol=1e-4, atol=1e-4)


def test_numbers_out_of_range_and_too_few_images_get_a_sentence(tool, command):
    command('--seeds', '0')
    with pytest.raises(InputError, match='--seeds 0'):
        tool.main()
    for flag, value in (('--batch-size', '1'), ('--candidates', '1'), ('--lr', '0')):
        command(flag, value)
        with pytest.raises(InputError, match=f'{flag} {value}'):
            tool.main()
    command('--views', '0', '-1')
    with pytest.raises(InputError, match='--views 0 -1'):
        tool.main()
    command('--candidates', '64')
    with pytest.raises(InputError, match='2 held-out images.*at least 64'):
        tool.main()
