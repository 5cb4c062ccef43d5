"""The package is complete, builds where torch is absent, and its launchers pass on what they are given."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from modelindex.load_model_index import load as load_model_index
from packaging.requirements import Requirement
from setuptools import find_packages

ROOT = Path(__file__).resolve().parents[1]
PYTHONS = ('3.10', '3.11', '3.12', '3.13')
LAUNCHERS = ('dist_train.sh', 'dist_test.sh', 'slurm_train.sh', 'slurm_test.sh')


def run(*command, env=None, **kwargs):
    """Run a command to its end and keep what it printed."""
    return subprocess.run(
        [str(part) for part in command],
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        **kwargs,
    )


def requirements(name):
    """Parse requirements/<name>.txt."""
    lines = (ROOT / f'requirements/{name}.txt').read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith('#')]


@pytest.fixture(scope='module')
def built(tmp_path_factory):
    """Run setup.py's build and sdist steps, offline, in a copy of the checkout; return that copy."""
    copy = tmp_path_factory.mktemp('checkout') / 'mmcl'
    unwanted = ('.*', '__pycache__', 'build', 'dist', '*.egg-info', 'data', 'work_dirs', 'docs', 'benchmarks')
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*unwanted))
    # what an earlier editable install, and an earlier build of a module deleted since, have left
    (copy / 'mmcl/.mim').mkdir()
    (copy / 'mmcl/.mim/configs').symlink_to('../../configs')
    (copy / 'build/lib/mmcl/.mim/configs').mkdir(parents=True)
    (copy / 'build/lib/mmcl/.mim/configs/deleted.py').touch()
    (copy / 'build/lib/mmcl/deleted.py').touch()
    done = run(sys.executable, '-c', BLOCK_TORCH, 'sdist', '--formats=gztar', 'bdist_wheel', cwd=copy)
    assert done.returncode == 0, done.stderr
    return copy


BLOCK_TORCH = """
import runpy, sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in ('torch', 'mmengine', 'mmcv', 'numpy', 'cv2', 'mmcl'):
            raise ImportError(f'setup.py must not import {name}')
sys.meta_path.insert(0, Block())
sys.argv[0] = 'setup.py'
runpy.run_path('setup.py', run_name='__main__')
"""


def names_in(archive):
    """List the files of a wheel or an sdist."""
    if archive.suffix == '.whl':
        return set(zipfile.ZipFile(archive).namelist())
    return {name.partition('/')[2] for name in tarfile.open(archive).getnames()}


def project_files(*folders):
    """List the source files under folders of this checkout."""
    files = (path for folder in folders for path in (ROOT / folder).rglob('*') if '.mim' not in path.parts)
    return {str(path.relative_to(ROOT)) for path in files if path.suffix in ('.py', '.sh', '.txt')}


def test_wheel_holds_every_module_and_mim_folder_without_leftovers(built):
    names = names_in(next((built / 'dist').glob('*.whl')))
    info = next(name.split('/')[0] for name in names if '.dist-info/' in name)
    assert project_files('mmcl') <= names
    mim = project_files('configs', 'tools') | {'model-index.yml'}
    assert {f'mmcl/.mim/{name}' for name in mim} <= names
    assert {f'{info}/.mim/{name}' for name in mim} <= names
    assert not [name for name in names if 'deleted' in name or name.startswith(('configs', 'tools', 'tests'))]


def test_sdist_holds_what_a_wheel_needs_and_no_mim_folder(built):
    names = names_in(next((built / 'dist').glob('*.tar.gz')))
    assert project_files('configs', 'tools', 'mmcl', 'requirements', 'tests') <= names
    assert {'setup.py', 'pyproject.toml', 'model-index.yml', 'LICENSE', 'README.md'} <= names
    assert not [name for name in names if '.mim' in name]


def test_version_of_the_package_is_the_one_in_version_py(built):
    import mmcl

    info = next(built.glob('*.egg-info'), None)
    assert info is not None
    version = re.search(r'^Version: (.+)$', (info / 'PKG-INFO').read_text(), re.MULTILINE).group(1)
    assert mmcl.__version__ == version


def test_every_folder_with_modules_is_a_package():
    folders = {path.parent for path in (ROOT / 'mmcl').rglob('*.py') if '.mim' not in path.parts}
    expected = {'.'.join(folder.relative_to(ROOT).parts) for folder in folders}
    assert set(find_packages(str(ROOT), include=['mmcl', 'mmcl.*'])) == expected


@pytest.mark.parametrize('python', PYTHONS)
def test_the_tested_set_pins_each_runtime_requirement_once_on(python):
    pins = [
        pin
        for pin in requirements('constraints')
        if not pin.marker or pin.marker.evaluate({'python_version': python})
    ]
    names = [pin.name.lower() for pin in pins]
    assert len(names) == len(set(names))
    versions = {pin.name.lower(): next(iter(pin.specifier)).version for pin in pins}
    for needed in (*requirements('runtime'), *requirements('tests'), *requirements('transfer')):
        assert needed.specifier.contains(versions[needed.name.lower()]), needed


def test_runtime_requirements_have_no_upper_bound():
    assert not [str(r) for r in requirements('runtime') for part in r.specifier if part.operator != '>=']


def test_pre_commit_uses_the_ruff_of_the_tested_set():
    tested = next(str(pin) for pin in requirements('constraints') if pin.name == 'ruff')
    found = re.findall(r'ruff==[\d.]+', (ROOT / '.pre-commit-config.yaml').read_text())
    assert set(found) == {tested}


def test_model_index_names_configs_that_exist_and_every_method():
    models = load_model_index(str(ROOT / 'model-index.yml')).models
    configs = [model.config for model in models]
    assert not [config for config in configs if not (ROOT / config).is_file()]
    methods = {path.parent.name for path in (ROOT / 'configs').glob('*/r50*.py')}
    assert methods <= {Path(config).parent.name for config in configs}  # some have encoders of their own
    assert len({model.name for model in models}) == len(configs)


@pytest.mark.parametrize('name', ('_launch.sh', *LAUNCHERS))
def test_shell_script_parses(name):
    assert run('bash', '-n', ROOT / 'tools' / name).returncode == 0


def test_ci_script_parses():
    assert run('bash', '-n', ROOT / '.ci/run').returncode == 0


@pytest.mark.parametrize('name', LAUNCHERS)
def test_launcher_without_arguments_shows_its_usage(name, tmp_path):
    done = run(ROOT / 'tools' / name, cwd=tmp_path)
    assert done.returncode == 2
    assert f'Usage: tools/{name}' in done.stderr
    assert 'PYTHON (python3)' in done.stderr
    assert 'set -euo' not in done.stderr


@pytest.fixture
def echo(tmp_path):
    """A folder with commands that print their arguments and environment instead of running anything."""
    for name in ('python', 'srun'):
        script = tmp_path / name
        script.write_text('#!/bin/sh\necho "$@"\necho "OMP_NUM_THREADS=$OMP_NUM_THREADS"\n')
        script.chmod(0o755)
    return tmp_path


def test_dist_train_starts_the_asked_processes_from_any_folder(echo):
    env = {'PYTHON': str(echo / 'python'), 'PORT': '29123', 'OMP_NUM_THREADS': '3'}
    done = run(ROOT / 'tools/dist_train.sh', 'a b.py', 2, '--resume', cwd=echo, env=env)
    assert done.returncode == 0, done.stderr
    assert '_torchrun.py --nnodes=1 --node_rank=0 --nproc_per_node=2' in done.stdout
    assert '--master_addr=127.0.0.1 --master_port=29123' in done.stdout
    assert f'{ROOT}/tools/train.py --launcher pytorch a b.py --resume' in done.stdout
    assert 'OMP_NUM_THREADS=3' in done.stdout


def test_dist_test_passes_config_and_checkpoint_and_the_machines(echo):
    env = {
        'PYTHON': str(echo / 'python'),
        'NNODES': '2',
        'NODE_RANK': '1',
        'MASTER_ADDR': 'n0',
        'PORT': '',
    }
    done = run(ROOT / 'tools/dist_test.sh', 'c.py', 'm.pth', 4, '--out', 'f.json', cwd=echo, env=env)
    assert done.returncode == 0, done.stderr
    assert '--nnodes=2 --node_rank=1 --nproc_per_node=4 --master_addr=n0 --master_port=29500' in done.stdout
    assert 'tools/test.py --launcher pytorch c.py m.pth --out f.json' in done.stdout


def test_dist_train_shares_the_cores_among_processes(echo):
    env = {'PYTHON': str(echo / 'python'), 'PORT': '29123', 'OMP_NUM_THREADS': ''}
    cores = len(os.sched_getaffinity(0))
    for processes in (1, cores, 4 * cores):
        done = run(ROOT / 'tools/dist_train.sh', 'c.py', processes, cwd=echo, env=env)
        assert f'OMP_NUM_THREADS={max(1, cores // processes)}\n' in done.stdout


def test_dist_train_finds_a_free_port_by_itself(tmp_path):
    shim = tmp_path / 'python'
    shim.write_text(f'#!/bin/sh\nif [ "$1" = -c ]; then exec {sys.executable} "$@"; fi\necho "$@"\n')
    shim.chmod(0o755)
    done = run(ROOT / 'tools/dist_train.sh', 'c.py', 2, env={'PYTHON': str(shim), 'PORT': '', 'NNODES': ''})
    assert int(re.search(r'--master_port=(\d+)', done.stdout).group(1)) > 1023


def test_dist_train_names_a_wrong_number_of_processes(echo):
    done = run(ROOT / 'tools/dist_train.sh', 2, 'c.py', env={'PYTHON': str(echo / 'python')})
    assert done.returncode == 2
    assert "error: GPUS is 'c.py'" in done.stderr


def test_slurm_launchers_ask_for_the_resources_in_the_environment(echo):
    env = {
        'PATH': f'{echo}:{os.environ["PATH"]}',
        'PYTHON': 'python3',
        'GPUS': '4',
        'CPUS_PER_TASK': '6',
        'SRUN_ARGS': '--quiet --time=1',
    }
    done = run(ROOT / 'tools/slurm_train.sh', 'gpu', 'job', 'c.py', '--resume', cwd=echo, env=env)
    assert done.returncode == 0, done.stderr
    assert '--partition=gpu --job-name=job --gres=gpu:4 --ntasks=4 --ntasks-per-node=4' in done.stdout
    assert '--cpus-per-task=6 --kill-on-bad-exit=1 --quiet --time=1 python3 -u' in done.stdout
    assert f'{ROOT}/tools/train.py --launcher slurm c.py --resume' in done.stdout
    done = run(ROOT / 'tools/slurm_test.sh', 'gpu', 'job', 'c.py', 'm.pth', env={**env, 'GPUS_PER_NODE': '2'})
    assert '--gres=gpu:2 --ntasks=4 --ntasks-per-node=2' in done.stdout
    assert 'tools/test.py --launcher slurm c.py m.pth' in done.stdout
