"""Runs of tools/train.py on Fashion-MNIST, as a user would type them."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from timing import ROOT

# train on the first 55,000 training images and measure on the other 5,000: for choosing without the test images
HELD_OUT = (
    '+train_dataloader.dataset.indices=(0,55000)',
    '+val_dataloader.dataset.indices=(55000,60000)',
    'val_dataloader.dataset.split=train',
)


def train(
    config: str | Path, work_dir: str | Path, options: Sequence[str], precision: str, threads: int | None
) -> dict:
    """Train to the end and give ``result.json``; the command is printed.

    Args:
        config (str | Path): From the project's folder, or absolute.
        work_dir (str | Path): Likewise.
        options (Sequence[str]): ``--cfg-options``.
        precision (str): As in tools/train.py.
        threads (int, optional): CPU threads; None leaves it to PyTorch.
    """
    words = ['tools/train.py', config, '--work-dir', work_dir, '--precision', precision]
    words = [str(word) for word in (*words, '--cfg-options', *options)]
    print(f'\n$ python {" ".join(words)}', flush=True)
    environment = dict(
        os.environ, PYTHONPATH=f'{ROOT}:{ROOT / "benchmarks"}'
    )  # the latter has the peers' models
    if threads:
        environment['OMP_NUM_THREADS'] = str(threads)
    subprocess.run([sys.executable, *words], check=True, cwd=ROOT, env=environment)
    report = json.loads((ROOT / work_dir / 'result.json').read_text())
    if report['protocol'].get('degraded'):
        sys.exit('error: the data is a stand-in, not Fashion-MNIST; this makes no row.')
    return report
