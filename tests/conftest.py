"""What every test starts from: mmcl's scope, fixed seeds, one thread, no display, and this checkout."""

import os
import random
from pathlib import Path

os.environ.setdefault('OMP_NUM_THREADS', '1')
os.environ.setdefault('MPLBACKEND', 'Agg')
_ROOT = str(Path(__file__).resolve().parents[1])
# Tests run tools/*.py in child processes, which see this checkout even where another mmcl is installed.
os.environ['PYTHONPATH'] = os.pathsep.join(filter(None, [_ROOT, os.environ.get('PYTHONPATH')]))

import numpy as np  # noqa: E402
import pytest  # noqa: E402
import torch  # noqa: E402
from mmengine.logging import MessageHub  # noqa: E402
from mmengine.registry import init_default_scope  # noqa: E402

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _fresh_start():
    """Give each test the scope, the iteration and the seeds that it would have alone, whatever ran before it."""
    init_default_scope('mmcl')
    MessageHub._instance_dict.clear()  # a runner's iteration outlives it there, and step_generator reads it
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)
