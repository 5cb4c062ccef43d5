"""Records: what they hold, and when two agree."""

import json
from pathlib import Path

import numpy as np

from . import problem

FOLDER = Path(__file__).parent / 'records'
TOLERANCE = 1e-9  # relative; both sides compute in float64
FLOOR = 1e-3  # below it a tensor is compared as if it were so large: some are 0 but for rounding, as the mean of what a norm has centred


def read(name: str) -> dict:
    """A reference's record."""
    return json.loads((FOLDER / f'{name}.json').read_text())


def write(name: str, record: dict, folder: Path = FOLDER) -> None:
    """One tensor a line, so that a diff shows what moved."""
    states = {step: {k: json.dumps(v) for k, v in state.items()} for step, state in record['states'].items()}
    text = json.dumps(dict(record, states=states), indent=1)
    text = text.replace('"{', '{').replace('}"', '}').replace('\\"', '"')
    assert json.loads(text) == json.loads(json.dumps(record))
    (folder / f'{name}.json').write_text(text + '\n')


def worst(reference: dict, found: dict) -> list:
    """Every number that is compared: (relative difference, where), the largest first.

    Differences are relative to the largest number of the tensor (for a digest, its length): within a tensor, numbers near 0 are what is
    left of larger ones.
    """
    rows = []
    for step, (a, b) in enumerate(zip(reference['losses'], found['losses'], strict=True), start=1):
        rows.append((abs(a - b) / abs(a), f'the loss of step {step}'))
    for step in map(str, problem.RECORDED):
        theirs, mine = reference['states'][step], found['states'][step]
        assert set(theirs) == set(mine), f'after step {step}: {set(theirs) ^ set(mine)} on one side only'
        for name in theirs:
            assert theirs[name]['shape'] == mine[name]['shape'], name
            a, b = (np.array(side[name]['values']) for side in (theirs, mine))
            scale = max(np.abs(a).max(), FLOOR)
            rows.append((np.abs(a - b).max() / scale, f'{name} after step {step}'))
    return sorted(rows, key=lambda row: -np.nan_to_num(row[0], nan=np.inf))


def assert_agree(reference: dict, found: dict) -> None:
    """Refuse any difference above the tolerance."""
    apart = [
        f'{where}: {difference:.1e}'
        for difference, where in worst(reference, found)
        if not difference <= TOLERANCE
    ]
    assert not apart, f'{len(apart)} differences above {TOLERANCE}; the largest: ' + '; '.join(apart[:8])
