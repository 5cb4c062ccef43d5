import os
import random

import numpy as np
import pytest

from mmcl.datasets.path_table import PathTable

NAMES = ['a.png', 'b-1/z', 'b/x', 'b/y/w', 'b.png', 'c/1', 'été/猫.png', 'z', os.fsdecode(b'\xff/1')]


def test_paths_come_back_as_they_were():
    table = PathTable.of(NAMES)
    assert list(table) == NAMES and [table[row] for row in range(len(NAMES))] == NAMES
    assert list(PathTable.packed(*table.to_arrays())) == NAMES
    assert list(table.take(np.array([4, 0]))) == ['b.png', 'a.png']
    assert len(PathTable.of([])) == 0 and list(PathTable.of([])) == []


@pytest.mark.parametrize('seed', range(5))
def test_runs_of_an_ordered_table_are_those_that_reading_every_path_gives(seed):
    draw = random.Random(seed)
    names = ['a', 'a-', 'a0', 'b', 'été', '猫', '']
    paths = sorted({f'{draw.choice(names)}/{i}'.lstrip('/') for i in range(40)} | set(NAMES))
    ordered, plain = PathTable.of(paths, ordered=True), PathTable.of(paths)
    assert list(ordered.runs()) == list(plain.runs())
    assert ordered.tops() == sorted({path.split('/')[0] if '/' in path else '' for path in paths})
    assert ordered.loose().tolist() == ['/' not in path for path in paths]
    for name in ordered.tops():
        if name:
            expected = [path[len(name) + 1 :] for path in paths if path.startswith(f'{name}/')]
            assert list(ordered.below(name)) == expected
            assert list(ordered.below(name).runs()) == list(PathTable.of(expected).runs())


def test_a_folder_that_is_not_there_holds_nothing():
    assert len(PathTable.of(sorted(NAMES), ordered=True).below('bb')) == 0


def test_hashes_are_fixed_for_all_time():
    # A split is made of them: another value would move images between training and validation.
    assert PathTable.of(['cat/00.png']).hashes().tolist() == [HASH]


HASH = 16684223133327059573
