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
# Files whose tests share nothing and take long: a worker takes them one by one. Other files stay whole, for their fixtures.
_ONE_BY_ONE = ('test_resume_of_methods.py', 'test_configs.py')


def pytest_collection_modifyitems(items) -> None:
    """Share the tests out between workers (``--dist loadgroup``)."""
    for item in items:
        if item.path.name not in _ONE_BY_ONE:
            item.add_marker(pytest.mark.xdist_group(str(item.path)))


@pytest.fixture(autouse=True)
def _fresh_start():
    """Give each test the scope, the iteration and the seeds that it would have alone, whatever ran before it."""
    init_default_scope('mmcl')
    MessageHub._instance_dict.clear()  # a runner's iteration outlives it there, and step_generator reads it
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)
