"""Put a folder of images into one file: python tools/pack_images.py FOLDER OUT.tar; check one: ... STORE --verify."""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from mmcl.utils.cli import run_tool  # noqa: E402


def parse_args() -> argparse.Namespace:
    """Read the command line; imports nothing heavy, so --help answers at once."""
    parser = argparse.ArgumentParser(
        description='Copy all images below FOLDER into one file, which every tool then takes as --data-root. It is '
        'a plain tar file with an index, so `tar xf` gives the folder back. Files that are no images are left out '
        'and listed. With --verify, compare every image with its checksum.'
    )
    parser.add_argument('source', metavar='FOLDER', help='folder to pack; alone with --verify: a packed file')
    parser.add_argument('out', metavar='OUT', nargs='?', help='the new file, e.g. images.tar')
    parser.add_argument(
        '--labels',
        choices=['none', 'folders'],
        default='none',
        help='keep the class folders as labels (default: none; the folders can be told from the paths anyway)',
    )
    parser.add_argument('--verify', action='store_true', help='read the packed file and check all of it')
    args = parser.parse_args()
    if args.out is None and not args.verify:
        parser.error('give OUT, or --verify to check a packed file')
    return args


def main() -> None:
    """Pack, verify, or both."""
    args = parse_args()
    from mmcl.datasets.pack import pack_folder, verify_store

    if args.out is not None:
        packed = pack_folder(args.source, args.out, args.labels, lambda line: print(line, flush=True))
        for path in packed.rejected:
            print(f'unreadable, left out: {path}', file=sys.stderr)
        print(f'{packed.num_images} images, {packed.num_bytes / 1e6:.1f} MB -> {args.out}')
    if args.verify:
        store = args.out or args.source
        print(f'{store}: all {verify_store(store)} images are whole')


if __name__ == '__main__':
    run_tool(main)
