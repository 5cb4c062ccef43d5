"""Build mmcl. Only setuptools is imported, so the sdist builds where torch is absent.

MIM finds configs, tools and ``model-index.yml`` in ``mmcl/.mim``. A wheel gets copies of them, made in the
build folder; an editable install gets links in the checkout, which git ignores.
"""

import os
import re
import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
MIM_PARTS = ('configs', 'tools', 'model-index.yml')


def read_version() -> str:
    """Read ``__version__`` without importing mmcl, which would import torch."""
    return re.search(r"^__version__ = '(.+)'$", (ROOT / 'mmcl/version.py').read_text(), re.MULTILINE).group(1)


def read_requirements(name: str) -> list[str]:
    """List the requirements of ``requirements/<name>.txt``."""
    text = (ROOT / f'requirements/{name}.txt').read_text()
    return [line for line in text.splitlines() if line and not line.startswith('#')]


def copy_mim(folder: Path) -> None:
    """Copy what MIM looks for to ``folder``/.mim."""
    for part in MIM_PARTS:
        target = folder / '.mim' / part
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, target, ignore=shutil.ignore_patterns('__pycache__'))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / part, target)


def link_mim(folder: Path) -> None:
    """Link what MIM looks for from ``folder``/.mim, afresh."""
    mim = folder / '.mim'
    shutil.rmtree(mim, ignore_errors=True)
    mim.mkdir()
    for part in MIM_PARTS:
        (mim / part).symlink_to(os.path.relpath(ROOT / part, mim))


class BuildWithMim(build_py):
    """Add ``mmcl/.mim``, and leave nothing of an earlier build behind."""

    def run(self) -> None:
        """Build the modules, then ``.mim``."""
        if self.editable_mode:
            super().run()
            link_mim(ROOT / 'mmcl')
            return
        built = Path(self.build_lib) / 'mmcl'
        shutil.rmtree(built, ignore_errors=True)  # or a module deleted since would still be packed
        super().run()
        copy_mim(built)


class WheelWithMim(bdist_wheel):
    """Add ``.mim`` to the ``.dist-info`` folder too.

    onedl-mim takes the folder of the first installed file, in sorted order, for the package; here that is
    ``mmcl-<version>.dist-info``, since '-' sorts before '/'.
    """

    def write_wheelfile(self, wheelfile_base: str, *args, **kwargs) -> None:
        """Write the folder's WHEEL file, and ``.mim`` beside it; an editable install is found by its path."""
        super().write_wheelfile(wheelfile_base, *args, **kwargs)
        if not self.get_finalized_command('build_py').editable_mode:
            copy_mim(Path(wheelfile_base))


if __name__ == '__main__':
    extras = {name: read_requirements(name) for name in ('optional', 'tests', 'transfer')}
    setup(
        name='mmcl',
        version=read_version(),
        description='Contrastive and self-supervised representation learning on MMEngine',
        long_description=(ROOT / 'README.md').read_text(encoding='utf-8'),
        long_description_content_type='text/markdown',
        license='Apache-2.0',
        keywords='self-supervised learning, contrastive learning, representation learning, computer vision',
        packages=find_packages(include=['mmcl', 'mmcl.*']),
        include_package_data=True,
        python_requires='>=3.10',
        install_requires=read_requirements('runtime'),
        extras_require={**extras, 'all': sorted({line for lines in extras.values() for line in lines})},
        classifiers=[
            'Development Status :: 4 - Beta',
            'Intended Audience :: Science/Research',
            'Operating System :: POSIX',
            'Programming Language :: Python :: 3.10',
            'Programming Language :: Python :: 3.11',
            'Programming Language :: Python :: 3.12',
            'Programming Language :: Python :: 3.13',
            'Topic :: Scientific/Engineering :: Artificial Intelligence',
        ],
        cmdclass={'build_py': BuildWithMim, 'bdist_wheel': WheelWithMim},
        zip_safe=False,
    )
