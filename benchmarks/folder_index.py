"""How long the list of a large folder takes: made once, and reloaded by a fresh process.

    python benchmarks/folder_index.py [--images 1000000] [--out F.json]

The folder holds hard links to a few small JPEGs, 1,000 in a folder. Beside it: torchvision's ImageFolder, which lists at every
start, and the limit, one stat call for each folder. Seconds of the clock; every figure from a process of its own.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from timing import in_own_process, run_child_or

from mmcl.utils.report import machine_facts, write_json


def make_images(root: Path, num: int) -> None:
    """Link ``num`` images below ``root``."""
    for i in range(num):
        folder = root / f'{i // 1000:05d}'
        if i % 1000 == 0:
            folder.mkdir(parents=True)
            noise = np.random.default_rng(i).integers(0, 256, (8, 8, 3), dtype=np.uint8)
            cv2.imwrite(str(folder / '000.jpg'), noise)
        else:
            os.link(folder / '000.jpg', folder / f'{i % 1000:03d}.jpg')


def child(way: str, root: str) -> float:
    """Seconds that listing the folder ``way`` takes, without imports."""
    if way == 'torchvision':
        from torchvision.datasets import ImageFolder as work
    elif way == 'a stat of every folder':

        def work(root: str) -> list:
            return [entry.stat() for entry in os.scandir(root)]
    else:
        from mmcl.datasets import ImageFolder

        def work(root: str) -> ImageFolder:
            return ImageFolder(data_root=root, pipeline=[])

    start = time.perf_counter()
    work(root)
    return time.perf_counter() - start


def main() -> None:
    """Make the folder, measure, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--images', type=int, default=1_000_000)
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--out')
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        os.environ['XDG_CACHE_HOME'] = f'{place}/cache'
        root = Path(place) / 'images'
        make_images(root, args.images)
        time.sleep(3)  # a folder that changed just now is not trusted to be settled, and its list is not kept
        seconds = dict(first=in_own_process(__file__, 'first', str(root)))
        ways = ('reload', 'torchvision', 'a stat of every folder')
        for way in ways:
            seconds[way] = sorted(in_own_process(__file__, way, str(root)) for _ in range(args.rounds))[
                args.rounds // 2
            ]
        kept = sum(file.stat().st_size for file in Path(place, 'cache').rglob('*') if file.is_file())
    for way, value in seconds.items():
        print(f'{way:24s} {value:8.3f} s   {value / seconds["reload"]:6.1f} x reload')
    if args.out:
        write_json(args.out, dict(**machine_facts(), images=args.images, seconds=seconds, kept_bytes=kept))


if __name__ == '__main__':
    run_child_or(main, child)
