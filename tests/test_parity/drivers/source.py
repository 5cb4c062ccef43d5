"""Where a reference is."""

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Dict, List, Tuple


def checkout(url: str, *more: str) -> Tuple[List[Path], Dict[str, str]]:
    """The paths of the reference's checkouts from the command line, the first put first on ``sys.path``, and what the record says of them.

    Args:
        url (str): Of the repository.
        *more (str): Further repositories, whose paths are asked for too.
    """
    parser = argparse.ArgumentParser()
    for each in (url, *more):
        parser.add_argument(each.split('/')[-1], type=Path, help=f'git checkout of {each}')
    paths = list(vars(parser.parse_args()).values())
    commits = [_commit(path) for path in paths]
    sys.path.insert(0, str(paths[0].resolve()))
    source = dict(repository=url, commit=commits[0])
    source.update(zip(more, commits[1:]))
    return paths, source


def _commit(path: Path) -> str:
    git = ['git', '-C', str(path)]
    changed = subprocess.run(
        [*git, 'diff', '--stat', 'HEAD'], check=True, capture_output=True, text=True
    ).stdout
    assert not changed, f'{path} was changed:\n{changed}'
    return subprocess.run(
        [*git, 'rev-parse', 'HEAD'], check=True, capture_output=True, text=True
    ).stdout.strip()
