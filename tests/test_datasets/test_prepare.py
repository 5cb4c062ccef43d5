import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torchvision.datasets

from mmcl.datasets import Digits, FashionMNIST, prepare
from mmcl.datasets.prepare import find_fashion_mnist, install, is_prepared
from mmcl.utils.errors import InputError

from .test_fashion_mnist import arrays, miniature

TOOL = Path(__file__).resolve().parents[2] / 'tools' / 'prepare_fashion_mnist.py'


@pytest.fixture(autouse=True)
def nothing_to_be_had(tmp_path, monkeypatch):
    """No variable, no installed package, no programs, no network; a test gives back what it needs."""
    monkeypatch.delenv('MMCL_DATA', raising=False)
    monkeypatch.setattr(prepare, 'DEBIAN_FOLDER', tmp_path / 'usr' / 'fashion-mnist')
    monkeypatch.setenv('PATH', str(tmp_path / 'bin'))

    def refuse(self):
        raise RuntimeError('Error downloading\n<urlopen error>')

    monkeypatch.setattr(torchvision.datasets.FashionMNIST, 'download', refuse)


def program(folder, name, script):
    """Put a shell script on the path."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f'#!/bin/sh\n{script}\n')
    (folder / name).chmod(0o755)


def find(tmp_path):
    lines = []
    return find_fashion_mnist(str(tmp_path / 'cache'), lines.append), lines


def test_the_users_folder_comes_first(tmp_path, monkeypatch):
    miniature(tmp_path / 'usr' / 'fashion-mnist')
    monkeypatch.setenv('MMCL_DATA', miniature(tmp_path / 'mine' / 'fashion-mnist'))
    found, lines = find(tmp_path)
    assert found.root == str(tmp_path / 'mine' / 'fashion-mnist') and not found.degraded and len(lines) == 1
    monkeypatch.setenv('MMCL_DATA', str(tmp_path / 'mine'))
    assert find(tmp_path)[0] == found


def test_a_users_folder_without_the_files_is_an_error(tmp_path, monkeypatch):
    miniature(tmp_path / 'usr' / 'fashion-mnist')
    root = miniature(tmp_path / 'mine')
    (tmp_path / 'mine' / 'train-labels-idx1-ubyte.gz').unlink()
    monkeypatch.setenv('MMCL_DATA', root)
    with pytest.raises(InputError, match='mine.* lacks train-labels-idx1-ubyte. Expected .*unset MMCL_DATA'):
        find(tmp_path)
    monkeypatch.setenv('MMCL_DATA', str(tmp_path / 'gone'))
    with pytest.raises(InputError, match='gone.* is no folder'):
        find(tmp_path)


def test_debians_folder_comes_second(tmp_path):
    root = miniature(tmp_path / 'usr' / 'fashion-mnist')
    found, lines = find(tmp_path)
    assert (found.root, found.degraded) == (root, False)
    assert lines == ['the folder in MMCL_DATA: not set', f"Debian's folder: taken, {root}"]


def fake_apt(tmp_path, fresh_lists_needed):
    """apt-get that writes a package, and dpkg-deb that unpacks one; both log how they were called."""
    source = miniature(tmp_path / 'package')
    check = 'case "$*" in *State::Lists*) ;; *) echo "E: Unable to locate package" >&2; exit 100;; esac'
    program(
        tmp_path / 'bin',
        'apt-get',
        f'echo "$*" >> {tmp_path}/log\n{check if fresh_lists_needed else ""}\n'
        'case "$*" in *update*) ;; *) : > dataset-fashion-mnist_1_all.deb;; esac',
    )
    target = f'root/{(tmp_path / "usr" / "fashion-mnist").relative_to("/")}'
    program(tmp_path / 'bin', 'dpkg-deb', f'/bin/mkdir -p {target} && /bin/cp {source}/* {target}')


@pytest.mark.parametrize('fresh_lists_needed', [False, True])
def test_debians_package_is_unpacked_into_the_cache_once(fresh_lists_needed, tmp_path):
    fake_apt(tmp_path, fresh_lists_needed)
    found, lines = find(tmp_path)
    assert found.source == "Debian's package dataset-fashion-mnist" and not found.degraded
    assert found.root.startswith(str(tmp_path / 'cache')) and len(FashionMNIST(found.root)) == 6
    calls = (tmp_path / 'log').read_text().splitlines()
    assert len(calls) == (3 if fresh_lists_needed else 1)
    assert find(tmp_path)[0] == found
    assert (tmp_path / 'log').read_text().splitlines() == calls


def test_torchvision_comes_after_the_package(tmp_path, monkeypatch):
    program(tmp_path / 'bin', 'apt-get', 'echo "E: Could not resolve" >&2; exit 100')
    program(tmp_path / 'bin', 'dpkg-deb', 'exit 1')

    def download(self):
        miniature(Path(self.raw_folder), raw=True)

    monkeypatch.setattr(torchvision.datasets.FashionMNIST, 'download', download)
    found, lines = find(tmp_path)
    assert lines[2] == "Debian's package dataset-fashion-mnist: E: Could not resolve"
    assert found.source == "torchvision's download" and len(FashionMNIST(found.root, split='test')) == 4


def test_digits_come_last_and_are_degraded(tmp_path):
    found, lines = find(tmp_path)
    assert found.degraded and found.source == "scikit-learn's digits"
    assert [line.split(': ')[0] for line in lines][1:] == [
        "Debian's folder",
        "Debian's package dataset-fashion-mnist",
        "torchvision's download",
        "scikit-learn's digits",
    ]
    assert (
        'no apt-get here' in lines[2]
        and lines[3].endswith('Error downloading <urlopen error>')
        and 'DEGRADED' in lines[4]
    )
    read = FashionMNIST(found.root, split='test')
    assert np.array_equal(read.images, Digits(split='test', side=28).images)


def test_installing_over_a_stand_in_leaves_nothing_of_it(tmp_path):
    target = str(tmp_path / 'data')
    install(find(tmp_path)[0], target)
    assert not is_prepared(target)
    assert FashionMNIST(target).metainfo['degraded'] and FashionMNIST(target).metainfo['classes'][3] == '3'
    miniature(tmp_path / 'usr' / 'fashion-mnist', raw=True)
    install(find(tmp_path)[0], target)
    assert is_prepared(target)
    assert sorted(os.listdir(target)) == sorted(
        ['source.json', *(name for pair in prepare.FILES.values() for name in pair)]
    )
    data = FashionMNIST(target)
    assert np.array_equal(data.images[..., 0], arrays('train')[0]) and data.metainfo['degraded'] is False


def test_what_cannot_be_written_or_was_half_written_is_handled(tmp_path):
    (tmp_path / 'file').write_text('x')
    with pytest.raises(InputError, match="file/cache' cannot be made"):
        find_fashion_mnist(str(tmp_path / 'file' / 'cache'), print)
    root = miniature(tmp_path / 'data')
    assert not is_prepared(root)
    (tmp_path / 'data' / 'source.json').write_text('{"degr')
    assert not is_prepared(root)


def test_the_tool_fills_the_folder_of_the_configs(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv('MMCL_DATA', miniature(tmp_path / 'mine'))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, 'argv', [str(TOOL)])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(TOOL), run_name='__main__')
    assert not ended.value.code
    assert 'data/fashion_mnist holds Fashion-MNIST (the folder in MMCL_DATA)' in capsys.readouterr().out
    assert json.loads(Path('data/fashion_mnist/source.json').read_text())['degraded'] is False


def test_the_tool_refuses_a_wrong_folder_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv('MMCL_DATA', str(tmp_path))
    done = subprocess.run(
        [sys.executable, TOOL, '--out', 'out'], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 2 and done.stderr.splitlines()[-1].startswith('error: MMCL_DATA=')
    assert 'Traceback' not in done.stderr and not (tmp_path / 'out').exists()
