"""Small image files for the tests."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image


def picture(seed: int = 0, height: int = 24, width: int = 32) -> np.ndarray:
    """A smooth colour picture, uint8 (height, width, 3)."""
    grid = np.random.default_rng(seed).integers(0, 256, (3, 4, 3), dtype=np.uint8)
    return cv2.resize(grid, (width, height), interpolation=cv2.INTER_LINEAR)


def save(path: Path, seed: int = 0, **options) -> Path:
    """Write a picture in the format of the path's extension."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture(seed)).save(path, **options)
    return path


def truncate(path: Path, share: float = 0.9) -> None:
    """Cut the end off a file, after its header."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
