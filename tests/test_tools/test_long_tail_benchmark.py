"""The long-tail benchmark: its commands, and its table."""

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / 'benchmarks'))
    spec = importlib.util.spec_from_file_location('long_tail', ROOT / 'benchmarks/long_tail.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    for name in ('readme', 'timing', 'training'):
        sys.modules.pop(name, None)


def test_both_stages_share_their_images_and_the_second_starts_from_the_first(
    benchmark, monkeypatch, tmp_path
):
    runs = []

    def train(config, work_dir, options, precision, threads):
        (ROOT / work_dir).mkdir(parents=True)
        (ROOT / work_dir / 'last_checkpoint').write_text('elsewhere/epoch_4.pth')
        runs.append((config, options))
        metrics = {'knn/top1': 50.0, 'accuracy/top1': 60.0, 'accuracy/few': 10.0}
        return dict(history=[metrics], seed=2, config=config)

    monkeypatch.setattr(benchmark, 'train', train)
    words = ['tsc', '--seeds', '2', '--epochs', '4', '--trial', '--work-dir', str(tmp_path / 'work')]
    args = benchmark.parse_args(words)
    rows = list(benchmark.run('tsc', 2, args))
    assert [config for config, _ in runs] == [
        'configs/tsc/r18w16_12e_fmnist_lt.py',
        'configs/tsc/r18w16-balanced_2e_fmnist_lt.py',
    ]
    for _, options in runs:
        assert 'randomness.seed=2' in options and '+train_dataloader.dataset.long_tail.seed=2' in options
        assert '+train_dataloader.dataset.indices=(0,55000)' in options
    assert 'model.targets.start_epoch=2' in runs[0][1]
    assert runs[1][1][-1].startswith('model.pretrained=') and runs[1][1][-1].endswith('/1/epoch_4.pth')
    assert [(r['stages'], r['measured'], r['top1']) for r in rows] == [
        ('one', 'knn', 50),
        ('two', 'accuracy', 60),
    ]
    assert rows[1]['few'] == 10 and 'few' not in rows[0]


def test_the_table_has_a_line_a_measurement_and_the_mean_over_seeds(benchmark):
    rows = [
        dict(
            method='kcl',
            stages='two',
            measured='accuracy',
            options=[],
            seed=seed,
            top1=top1,
            many=90.0,
            medium=60.0,
        )
        for seed, top1 in ((1, 70.0), (0, 72.0))
    ]
    rows.append({**rows[0], 'options': ['x=1'], 'top1': 0.0})
    lines = benchmark.table(rows).splitlines()
    assert len(lines) == 3
    assert lines[2] == '| KCL | class-balanced classifier | 0, 1 | 71.0 (72.0 / 70.0) | 90.0 | 60.0 | - |'


def test_an_unknown_method_is_refused(benchmark, capsys):
    with pytest.raises(SystemExit):
        benchmark.parse_args(['tcs'])
    assert 'no method tcs' in capsys.readouterr().err
