"""Put Fashion-MNIST where the configs expect it.

    python tools/prepare_fashion_mnist.py

Takes the first that works: the folder in the environment variable MMCL_DATA, Debian's
/usr/share/datasets/fashion-mnist, Debian's package (downloaded and unpacked without root), torchvision's
download, and last scikit-learn's digits, which only show that everything runs. ``source.json`` beside the
files says which it was.
"""

import argparse
import os

from mmcl.datasets.prepare import find_fashion_mnist, install, is_prepared
from mmcl.utils.cli import run_tool


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--out', default='data/fashion_mnist', help='folder to fill (default: %(default)s)')
    parser.add_argument('--cache', default='data/cache', help='folder for downloads (default: %(default)s)')
    return parser.parse_args()


def main() -> None:
    """Find the data and copy it."""
    args = parse_args()
    if is_prepared(args.out) and not os.environ.get('MMCL_DATA'):
        print(f'{args.out} holds Fashion-MNIST already')
        return
    found = find_fashion_mnist(args.cache, lambda line: print(f'  {line}', flush=True))
    install(found, args.out)
    print(f'{args.out} holds {"a DEGRADED stand-in" if found.degraded else "Fashion-MNIST"} ({found.source})')


if __name__ == '__main__':
    run_tool(main)
