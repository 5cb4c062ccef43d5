"""Numbers as JSON, with what a reader needs to repeat them."""

import json
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Dict, Optional

import torch
from mmengine.config import Config

_PACKAGES = (
    'mmcl',
    'torch',
    'torchvision',
    'onedl-mmengine',
    'mmengine',
    'onedl-mmpretrain',
    'mmpretrain',
    'faiss-cpu',
    'numpy',
)


def run_facts(cfg: Config, seed: Optional[int]) -> Dict[str, Any]:
    """Config file, seed, versions and device of this run."""
    config = os.path.relpath(cfg.filename) if cfg.filename else None
    return dict(config=config, seed=seed, **machine_facts())


def machine_facts(*packages: str) -> Dict[str, Any]:
    """Versions of what mmcl stands on, and of further ``packages`` where they are installed; and the device."""
    versions = {'python': platform.python_version()}
    for package in (*_PACKAGES, *packages):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    if torch.cuda.is_available():
        device = torch.cuda.get_device_name()
    else:
        device = f'CPU ({torch.backends.cpu.get_cpu_capability()}), {torch.get_num_threads()} threads'
    return dict(versions=versions, device=device)


def write_json(path: str, content: Dict[str, Any]) -> None:
    """Write a report, whole or not at all."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f'.{target.name}.part')
    temporary.write_text(json.dumps(content, indent=2, default=str) + '\n')
    temporary.replace(target)
