"""What a tool loads before it knows what it is to do."""

import subprocess
import sys

# each takes a good part of a second, and few runs need it
LATE = ('scipy', 'sklearn', 'matplotlib.pyplot', 'faiss')


def test_a_start_loads_no_library_that_only_some_runs_need():
    code = 'import sys, mmcl.apis, mmcl.datasets, mmcl.engine, mmcl.evaluation, mmcl.models\n'
    code += f'print([name for name in {LATE} if name in sys.modules])'
    done = subprocess.run([sys.executable, '-W', 'ignore', '-c', code], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1:] == ['[]'], done.stdout + done.stderr
