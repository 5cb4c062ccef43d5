"""Views a second on one core, beside peers that make the same views in the same run.

    pip install -r requirements/benchmarks.txt
    python benchmarks/views.py [--rounds 7]

Two works. *Photograph*: two MoCo v2 views at 224 px from a 500x375 JPEG on disk, decoding and packing included;
the limit is OpenCV's decoding alone. *Batch*: two 32 px views of 256 colour images in memory, CIFAR's recipe; the
limit is torch's ``clone`` of the views, one pass through memory. All on one thread. The peers take turns in
every round, and a row gives the median of the rounds in CPU seconds, so that what else the machine does
touches all of them alike.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
PHOTOS, BATCH = 4, 256


def measure(rounds: int = 7) -> list[dict]:
    """Time both works.

    Args:
        rounds (int): Turns that every peer takes, >= 1; the median counts.

    Returns:
        list[dict]: A row a work and peer: ``work``, ``unit``, ``mmcl``, ``peer``, ``peer_name``, ``limit``,
        ``limit_name``, ``ratio_peer`` (mmcl / peer) and ``ratio_limit`` (mmcl / limit).
    """
    with _one_thread(), tempfile.TemporaryDirectory() as folder:
        photos = _photographs(Path(folder))
        return [
            *_rows(
                '2 MoCo v2 views at 224 px of a 500x375 JPEG',
                _photograph_makers(photos),
                'decoding alone',
                rounds,
            ),
            *_rows('32 px colour views in memory', _batch_makers(), 'one pass through memory', rounds),
        ]


def table(rows: list[dict]) -> str:
    """The rows as a Markdown table."""
    lines = ['| work | mmcl | peer | ratio | limit | share of it |', '|---|---|---|---|---|---|']
    for row in rows:
        lines.append(
            f'| {row["work"]} | {row["mmcl"]:,.0f} {row["unit"]} | {row["peer_name"]}: {row["peer"]:,.0f} '
            f'| {row["ratio_peer"]:.1f}x | {row["limit_name"]}: {row["limit"]:,.0f} | {row["ratio_limit"]:.0%} |'
        )
    return '\n'.join(lines)


def _rows(work: str, makers: dict[str, Callable[[], int]], limit_name: str, rounds: int) -> list[dict]:
    """Let the makers take turns; each returns how many views it made. The last one is the limit."""
    seconds = {name: [] for name in makers}
    for turn in range(rounds + 1):
        for name, make in makers.items():
            start = time.process_time()
            views = make()
            if turn:  # the first warms caches and allocators
                seconds[name].append((time.process_time() - start) / views)
    mmcl, *peers, limit = ((name, 1 / statistics.median(times)) for name, times in seconds.items())
    return [
        dict(
            work=work, unit='views/s', mmcl=mmcl[1], peer=rate, peer_name=name, limit=limit[1], limit_name=limit_name,
            ratio_peer=mmcl[1] / rate, ratio_limit=mmcl[1] / limit[1],
        )
        for name, rate in peers
    ]  # fmt: skip


@contextmanager
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads(), cv2.getNumThreads()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before[0])
        cv2.setNumThreads(before[1])


def _photographs(folder: Path) -> list[str]:
    """500x375 cuts of scikit-learn's two photographs, as JPEG files of quality 90."""
    from sklearn.datasets import load_sample_images

    rng, paths = np.random.default_rng(0), []
    for number in range(PHOTOS):
        image = load_sample_images().images[number % 2]
        height = int(rng.integers(300, image.shape[0] + 1))
        width = height * 4 // 3
        top, left = (
            int(rng.integers(0, room + 1)) for room in (image.shape[0] - height, image.shape[1] - width)
        )
        cut = Image.fromarray(image[top : top + height, left : left + width])
        paths.append(str(folder / f'{number}.jpg'))
        cut.resize((500, 375), Image.Resampling.BICUBIC).save(paths[-1], quality=90)
    return paths


def _photograph_makers(paths: list[str]) -> dict[str, Callable[[], int]]:
    import torchvision.transforms.v2 as T
    from lightly.transforms import MoCoV2Transform
    from mmengine.dataset import Compose

    import mmcl.datasets  # noqa: F401, registers
    from mmcl.registry import TRANSFORMS

    jitter = dict(jitter=(0.4, 0.4, 0.4, 0.1), grey_prob=0.2, blur_prob=0.5)
    view = dict(type='RandomView', size=224, crop_scale=(0.2, 1.0), **jitter)
    steps = (
        dict(type='LoadImage', defer=True),
        dict(type='MultiView', views=[view] * 2),
        dict(type='PackViews'),
    )
    ours = Compose([TRANSFORMS.build(step) for step in steps])
    keys = iter(range(10**9))

    lightly = MoCoV2Transform(
        input_size=224, cj_strength=1.0, cj_bright=0.4, cj_contrast=0.4, cj_sat=0.4, cj_hue=0.1, min_scale=0.2
    )
    two = T.Compose(
        [
            T.PILToTensor(),
            T.RandomResizedCrop(224, (0.2, 1.0), antialias=True),
            T.RandomApply([T.ColorJitter(0.4, 0.4, 0.4, 0.1)], 0.8),
            T.RandomGrayscale(0.2),
            T.RandomApply([T.GaussianBlur(23, (0.1, 2.0))], 0.5),
            T.RandomHorizontalFlip(),
            T.ToDtype(torch.float32, scale=True),
            T.Normalize(MEAN, STD),
        ]
    )

    def open_rgb(path: str) -> Image.Image:
        return Image.open(path).convert('RGB')

    def of_each(make: Callable[[str], object]) -> Callable[[], int]:
        def run() -> int:
            for path in paths:
                make(path)
            return 2 * len(paths)

        return run

    def torchvision(path: str) -> tuple:
        image = open_rgb(path)
        return two(image), two(image)

    data = {path: np.fromfile(path, np.uint8) for path in paths}
    mmpretrain = _mmpretrain_pipeline()
    return {
        'mmcl': of_each(lambda path: ours(dict(img_path=path, view_key=next(keys), sample_idx=0))),
        'lightly': of_each(lambda path: lightly(open_rgb(path))),
        'torchvision v2': of_each(torchvision),
        'mmpretrain': of_each(lambda path: mmpretrain(dict(img_path=path))),
        'limit': of_each(lambda path: cv2.imdecode(data[path], cv2.IMREAD_COLOR_BGR)),
    }


def _mmpretrain_pipeline() -> Callable[[dict], dict]:
    """The recipe of MMPretrain's own MoCo v2 config."""
    import mmpretrain.datasets  # noqa: F401, registers
    from mmengine.dataset import Compose
    from mmengine.registry import DefaultScope
    from mmpretrain.registry import TRANSFORMS

    jitter = dict(type='ColorJitter', brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1)
    view = [
        dict(type='RandomResizedCrop', scale=224, crop_ratio_range=(0.2, 1.0), backend='pillow'),
        dict(type='RandomApply', transforms=[jitter], prob=0.8),
        dict(type='RandomGrayscale', prob=0.2, keep_channels=True, channel_weights=(0.114, 0.587, 0.2989)),
        dict(type='GaussianBlur', magnitude_range=(0.1, 2.0), magnitude_std='inf', prob=0.5),
        dict(type='RandomFlip', prob=0.5),
    ]
    steps = [
        dict(type='LoadImageFromFile'),
        dict(type='MultiView', num_views=2, transforms=[view]),
        dict(type='PackInputs'),
    ]
    with DefaultScope.overwrite_default_scope('mmpretrain'):  # for the transforms inside others
        return Compose([TRANSFORMS.build(step) for step in steps])


def _batch_makers() -> dict[str, Callable[[], int]]:
    import kornia.augmentation as K
    from lightly.transforms import SimCLRTransform
    from mmpretrain.structures import DataSample

    from mmcl.models.preprocessor import ViewPreprocessor

    cuts = np.random.default_rng(0).integers(0, 256, (BATCH, 3, 8, 8), dtype=np.uint8)
    images = (
        torch.nn.functional.interpolate(torch.from_numpy(cuts).float(), 32, mode='bicubic')
        .clamp(0, 255)
        .byte()
    )
    pils = [Image.fromarray(image.permute(1, 2, 0).numpy()) for image in images]
    view = dict(
        type='RandomView', size=32, crop_scale=(0.08, 1.0), jitter=(0.4, 0.4, 0.4, 0.1), grey_prob=0.2
    )
    preprocessor = ViewPreprocessor(
        mean=[255 * m for m in MEAN], std=[255 * s for s in STD], views=[view, view]
    )
    samples = [DataSample(metainfo=dict(view_key=n, sample_idx=n)) for n in range(BATCH)]
    kornia = torch.nn.Sequential(
        K.RandomResizedCrop((32, 32), scale=(0.08, 1.0), ratio=(3 / 4, 4 / 3)),
        K.ColorJitter(0.4, 0.4, 0.4, 0.1, p=0.8),
        K.RandomGrayscale(p=0.2),
        K.RandomHorizontalFlip(p=0.5),
        K.Normalize(torch.tensor(MEAN), torch.tensor(STD)),
    )
    lightly = SimCLRTransform(
        input_size=32,
        cj_strength=1.0,
        cj_bright=0.4,
        cj_contrast=0.4,
        cj_sat=0.4,
        cj_hue=0.1,
        gaussian_blur=0.0,
    )
    floats = images.float()

    def made(make: Callable[[], object], num: int = 2 * BATCH) -> Callable[[], int]:
        def run() -> int:
            make()
            return num

        return run

    def kornia_views() -> None:
        for _ in range(2):
            kornia(floats / 255)

    data = dict(inputs=images, data_samples=samples)
    return {
        'mmcl': made(lambda: preprocessor(dict(data), training=True)),
        'kornia, batched': made(kornia_views),
        'lightly, image by image': made(lambda: [lightly(pil) for pil in pils[:64]], 128),
        'limit': made(lambda: [floats.clone() for _ in range(2)]),
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--rounds', type=int, default=7)
    print(table(measure(parser.parse_args().rounds)))


if __name__ == '__main__':
    main()
