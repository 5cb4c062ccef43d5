"""The test picture, as an array and as a Pillow image."""

import numpy as np
import pytest
from PIL import Image

from .pictures import picture


@pytest.fixture
def image() -> np.ndarray:
    return picture()


@pytest.fixture
def pil(image) -> Image.Image:
    return Image.fromarray(image)
