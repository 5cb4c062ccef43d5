"""mmcl against the authors' code, after 1, 5 and 20 optimizer steps."""

import pytest

from . import problem
from .cases import CASES
from .comparing import assert_agree, read
from .replay import replay


@pytest.mark.parametrize('name', sorted(CASES))
def test_twenty_steps_are_those_of_the_reference(name, tmp_path):
    record = read(name)
    assert record['settings'] == problem.SETTINGS[name], 'the record is of another problem: run its driver'
    assert record['seed'] == problem.SEED
    assert_agree(record, replay(CASES[name](), tmp_path))
