"""Count the lines that a method's training step passes through: python tools/misc/step_lines.py CONFIG.

Runs one real training step of the config on random images under a trace, lists the config and every file of the project in which a
function was entered, and counts their lines, blank lines and docstrings apart. The config's bases, which the step does not pass through,
are counted below the total.
"""

import argparse
import ast
import os
import sys
from pathlib import Path
from typing import Dict, Set

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from mmcl.utils.cli import load_config, run_tool  # noqa: E402


def files_of_step(config: str, batch_size: int = 8, side: int = 64) -> Set[Path]:
    """Run one training step and return the project's files that it enters, and the config."""
    import torch
    from mmengine.model import revert_sync_batchnorm
    from mmengine.optim import OptimWrapper
    from mmengine.registry import init_default_scope
    from mmpretrain.structures import DataSample

    import mmcl.datasets  # noqa: F401
    from mmcl.registry import MODELS

    cfg = load_config(config)
    init_default_scope('mmcl')
    model = revert_sync_batchnorm(MODELS.build(cfg.model)).train()
    parameters = [p for p in model.parameters() if p.requires_grad]
    optim_wrapper = OptimWrapper(torch.optim.SGD(parameters, lr=0.01))
    samples = [DataSample(metainfo=dict(sample_idx=i, view_key=i)) for i in range(batch_size)]
    views = [torch.randint(256, (batch_size, 3, side, side), dtype=torch.uint8) for _ in range(2)]
    inputs = views[0] if cfg.model.data_preprocessor.get('views') else views

    entered = set()

    def trace(frame, event, arg):
        entered.add(frame.f_code.co_filename)

    sys.setprofile(trace)
    try:
        model.train_step(dict(inputs=inputs, data_samples=samples), optim_wrapper)
    finally:
        sys.setprofile(None)
    package = str(ROOT / 'mmcl') + os.sep
    return {Path(name) for name in entered if name.startswith(package)} | {Path(config).resolve()}


def bases_of(path: Path) -> Set[Path]:
    """All that a config inherits."""
    from mmengine.config import Config

    files = set()
    for base in Config._get_base_files(str(path)):
        base = (path.parent / base).resolve()
        files |= {base} | bases_of(base)
    return files


def count_lines(path: Path) -> int:
    """Lines that are neither blank nor part of a docstring."""
    text = path.read_text()
    skipped = set()
    for node in ast.walk(ast.parse(text)):
        if (
            isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
            and ast.get_docstring(node, clean=False) is not None
        ):
            skipped.update(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return sum(
        bool(line.strip()) and number not in skipped for number, line in enumerate(text.splitlines(), 1)
    )


def step_lines(config: str) -> Dict[str, int]:
    """Lines of every file that the training step of ``config`` passes through, by path, within the project from its root."""
    files = sorted(files_of_step(config))
    return {
        str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path): count_lines(path)
        for path in files
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', nargs='?', default='configs/mocov2/r50_200e.py')
    config = parser.parse_args().config
    lines = step_lines(config)
    for path, number in lines.items():
        print(f'{number:5d}  {path}')
    print(f'{sum(lines.values()):5d}  in {len(lines)} files')
    bases = bases_of(Path(config).resolve())
    print(f'{sum(map(count_lines, bases)):5d}  more in the {len(bases)} files that the config inherits')


if __name__ == '__main__':
    run_tool(main)
