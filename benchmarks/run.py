"""One table of speed: this project, a peer, the machine's limit, and the ratios, all from one run on the same cores.

    pip install -r requirements/benchmarks.txt
    python benchmarks/run.py [end_to_end views losses ...] [--threads N]
    python benchmarks/run.py --table                                        # the kept rows into README.md, nothing is measured

Rows and conditions go to ``benchmarks/results/speed.json``, where a part replaces what it said before; the table goes to standard output.
"""

import argparse
import importlib
import json
from pathlib import Path

import torch
from readme import replace_table
from timing import ROOT, table

from mmcl.utils.report import machine_facts, write_json

PARTS = ('end_to_end', 'views', 'losses', 'parts')


def all_rows(parts: dict) -> str:
    """The rows of all parts as one table."""
    return table([row for part in parts.values() for row in part['rows']])


def main() -> None:
    """Run the chosen benchmarks one after the other."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('parts', nargs='*', metavar='PART', help=f'of {", ".join(PARTS)}; default: all')
    parser.add_argument('--threads', type=int, default=torch.get_num_threads(), help='CPU threads')
    parser.add_argument('--out', default=str(ROOT / 'benchmarks/results/speed.json'))
    parser.add_argument('--table', action='store_true', help='write the kept rows into README.md, and stop')
    args = parser.parse_args()
    if args.table:
        replace_table('speed', all_rows(json.loads(Path(args.out).read_text())))
        return
    unknown = sorted(set(args.parts) - set(PARTS))
    if unknown:
        parser.error(f'no such part: {", ".join(unknown)}; there are {", ".join(PARTS)}')
    torch.set_num_threads(args.threads)
    known = json.loads(Path(args.out).read_text()) if Path(args.out).exists() else {}
    for name in args.parts or PARTS:
        rows = importlib.import_module(name).measure()
        known[name] = dict(**machine_facts('lightly', 'kornia', 'scikit-learn'), rows=rows)
        print(table(rows), end='\n\n', flush=True)
        write_json(args.out, {name: known[name] for name in PARTS if name in known})
    print(all_rows(known))


if __name__ == '__main__':
    main()
