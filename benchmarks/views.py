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
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image
from timing import medians, row, table

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
PHOTOS, BATCH = 4, 256


def measure(rounds: int = 7) -> list[dict]:
    """Time both works.

    Args:
        rounds (int): Turns that every peer takes, >= 1; the median counts.

    Returns:
        list[dict]: A row a work, see ``timing.row``.
    """
    with _one_thread(), tempfile.TemporaryDirectory() as folder:
        photos = _photographs(Path(folder))
        return [
            _row(
                '2 MoCo v2 views at 224 px of a 500x375 JPEG',
                _photograph_makers(photos),
                'decoding alone',
                rounds,
            ),
            _row('32 px colour views in memory', _batch_makers('colour'), 'one pass through memory', rounds),
            _row('32 px grey views in memory', _batch_makers('grey'), 'one pass through memory', rounds),
        ]


def _row(
    work: str, makers: dict[str, tuple[Callable[[], object], int]], limit_name: str, rounds: int
) -> dict:
    """Let the makers, each with the views it makes in a call, take turns."""
    seconds = medians({name: make for name, (make, _) in makers.items()}, rounds, time.process_time)
    rates = {name: makers[name][1] / value for name, value in seconds.items()}
    limit = {limit_name: rates.pop('limit')}
    return row(f'{work}, one core', 'views/s', rates.pop('mmcl'), rates, limit)


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


def _photograph_makers(paths: list[str]) -> dict[str, tuple[Callable[[], object], int]]:
    import torchvision.transforms.v2 as T
    from lightly.transforms import MoCoV2Transform
    from mmengine.dataset import Compose

    import mmcl.datasets  # noqa: F401, registers
    import mmcl.models  # noqa: F401
    from mmcl.datasets.transforms.packing import collate_views
    from mmcl.registry import MODELS, TRANSFORMS

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

    def of_each(make: Callable[[str], object]) -> tuple[Callable[[], list], int]:
        return lambda: [make(path) for path in paths], 2 * len(paths)

    def torchvision(path: str) -> tuple:
        image = open_rgb(path)
        return two(image), two(image)

    def mmcl() -> dict:
        samples = [ours(dict(img_path=path, view_key=next(keys), sample_idx=0)) for path in paths]
        return preprocessor(collate_views(samples), training=True)  # the peers normalise as well

    preprocessor = MODELS.build(dict(type='ViewPreprocessor'))
    data = {path: np.fromfile(path, np.uint8) for path in paths}
    mmpretrain = _mmpretrain_pipeline()
    return {
        'mmcl': (mmcl, 2 * len(paths)),
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


def _batch_makers(kind: str) -> dict[str, tuple[Callable[[], object], int]]:
    """Colour images, or grey ones, of which the peers get three equal channels."""
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
    ours = images if kind == 'colour' else images[:, :1]
    images = ours.expand_as(images).contiguous()
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

    def kornia_views() -> list:
        return [kornia(floats / 255) for _ in range(2)]

    data = dict(inputs=ours, data_samples=samples)
    return {
        'mmcl': (lambda: preprocessor(dict(data), training=True), 2 * BATCH),
        'kornia, batched': (kornia_views, 2 * BATCH),
        'lightly, image by image': (lambda: [lightly(pil) for pil in pils[:64]], 128),
        'limit': (lambda: [floats.clone() for _ in range(2)], 2 * BATCH),
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
