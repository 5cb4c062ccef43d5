"""The problem that a reference and mmcl both solve: weights, views and settings, in closed form, from NumPy alone.

Nothing here comes from a random generator whose stream a later version may change: a number is a hash of the name of its tensor and of
its position in it.
"""

import zlib

import numpy as np

SEED = 20
STEPS = 20  # optimizer steps
RECORDED = (1, 5, 20)  # after so many of them the state is compared
BATCH = 8
WIDTH, HIDDEN, DIM = 8, 12, 6  # channels of the trunk, of hidden layers, of embeddings
EMA = 0.9
QUEUE = 3 * BATCH  # is overwritten six times

# What differs between methods. Rates are the effective ones (references that scale by batch / 256 are given what comes to this).
SETTINGS = dict(
    moco_v1=dict(epochs=4, lr=0.3, momentum=0.9, weight_decay=0.02, temperature=0.07, milestones=[1, 3]),
    moco_v2=dict(epochs=4, lr=0.3, momentum=0.9, weight_decay=0.02, temperature=0.2),
    moco_v3=dict(epochs=4, warmup=2, lr=2.0, momentum=0.9, weight_decay=0.05, eta=0.02, temperature=0.2),
    simsiam=dict(epochs=4, lr=0.2, momentum=0.9, weight_decay=0.02),
    simclr=dict(epochs=4, warmup=2, lr=2.0, momentum=0.9, weight_decay=0.05, eta=0.02, temperature=0.2),
    hcl=dict(epochs=4, lr=0.01, weight_decay=0.02, temperature=0.5, debias=0.1, beta=1.0),
    byol=dict(epochs=4, warmup_steps=8, lr=1.0, momentum=0.9, weight_decay=0.05, eta=0.02),
    vicreg=dict(epochs=20, warmup=10, lr=1.0, momentum=0.9, weight_decay=0.05, eta=0.02),
    swav=dict(
        epochs=4,
        warmup=2,
        start_lr=2.0,
        lr=20.0,
        end_lr=0.02,
        momentum=0.9,
        weight_decay=0.05,
        temperature=0.1,
        epsilon=0.05,
        num_iters=3,
        num_prototypes=10,
        freeze=3,
        queue_from=1,
        sizes=[6, 6, 4, 4],
    ),
    supcon=dict(
        epochs=4,
        warmup=1,
        start_lr=0.05,
        lr=0.3,
        momentum=0.9,
        weight_decay=0.02,
        milestones=[2],
        gamma=0.2,
        temperature=0.1,
    ),
    kcl=dict(epochs=4, lr=0.3, momentum=0.9, weight_decay=0.02, temperature=0.07),
    tsc=dict(
        epochs=4,
        start=2,
        lr=0.3,
        momentum=0.9,
        weight_decay=0.02,
        temperature=0.07,
        num=2,
        num_classes=1000,
        target_weight=0.2,
    ),
    pcl=dict(epochs=4, lr=0.3, momentum=0.9, weight_decay=0.02, temperature=0.2, clusters=[5, 7], warmup=1),
    hcsc=dict(
        epochs=4, lr=0.3, momentum=0.9, weight_decay=0.02, temperature=0.2, clusters=[12, 10, 9], warmup=1
    ),
    hcsc_multicrop=dict(
        epochs=4,
        lr=0.3,
        momentum=0.9,
        weight_decay=0.02,
        temperature=0.2,
        clusters=[12, 10, 9],
        warmup=1,
        sizes=[6, 6, 5, 4],
    ),
    mice=dict(
        epochs=4, lr=0.1, momentum=0.9, weight_decay=0.02, experts=2, warmup=2, milestones=[3], gamma=0.1
    ),
    imix_simclr=dict(
        epochs=4,
        warmup=1,
        milestones=[2],
        gamma=0.2,
        lr=0.3,
        momentum=0.9,
        weight_decay=0.02,
        temperature=0.2,
    ),
    imix_moco=dict(
        epochs=4,
        warmup=1,
        milestones=[2],
        gamma=0.2,
        lr=0.3,
        momentum=0.9,
        weight_decay=0.02,
        temperature=0.2,
    ),
    imix_byol=dict(
        epochs=4,
        warmup=1,
        milestones=[2],
        gamma=0.2,
        lr=0.3,
        momentum=0.9,
        weight_decay=0.02,
        temperature=0.2,
    ),
)


def numbers(name: str, *shape: int) -> np.ndarray:
    """Numbers in [-1, 1) that look random: splitmix64, started from the hash of a name."""
    start = np.uint64(zlib.crc32(f'{SEED} {name}'.encode()) << 32)
    with np.errstate(over='ignore'):
        x = start + np.arange(1, 1 + int(np.prod(shape)), dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x ^= x >> np.uint64(31)
    return ((x >> np.uint64(11)).astype(np.float64) * 2.0**-52 - 1).reshape(shape)


def initial(name: str, shape: tuple) -> np.ndarray:
    """The value with which a parameter or buffer starts; a target starts as its online network does.

    Args:
        name (str): e.g. 'online.trunk.conv1.weight', 'target.projector.0.bias', 'queue'.
        shape (tuple): Of torch's layout.
    """
    shape = tuple(shape)
    name = name.replace('target.', 'online.')
    kind = name.split('.')[-1]
    if (
        kind in ('num_batches_tracked', 'pointer', 'written', 'running_mean') or len(shape) == 3
    ):  # SwAV's queue
        return np.zeros(shape)
    if kind in (
        'labels',
        'assignment',
        'made',
    ):  # nothing is known of keys and classes, but the targets are there
        return np.full(shape, 1.0 if kind == 'made' else -1.0)
    if kind == 'running_var':
        return np.ones(shape)
    drawn = numbers(name, *shape)
    if '.experts.' in name:  # without what all images share, or one expert would take them all
        return np.zeros(shape) if kind == 'bias' else drawn - drawn.mean(axis=1, keepdims=True)
    if kind == 'bias':
        return 0.2 * drawn
    if len(shape) == 1:  # a norm's scale
        return 1 + 0.3 * drawn
    if kind in ('queue', 'targets', 'centroids') or name.startswith('prototypes'):
        return drawn / np.linalg.norm(drawn, axis=-1, keepdims=True)
    return drawn * np.sqrt(3 / np.prod(shape[1:]))


def views(step: int, sizes: tuple = (6, 6)) -> list:
    """The views of a step's images, each (BATCH, 3, size, size): what they share, and noise."""
    shared = numbers(f'images {step}', BATCH, 3, 6, 6)
    return [
        1.5 * shared[:, :, :size, :size] + numbers(f'view {step} {v}', BATCH, 3, size, size)
        for v, size in enumerate(sizes)
    ]


def labels(step: int) -> np.ndarray:
    """The classes of a step's images, of three, int64 (BATCH,)."""
    return np.argsort(numbers(f'labels {step}', BATCH)) % 3


def mixing(step: int) -> tuple:
    """Random draws of i-Mix in a step: a permutation of the batch, int64 (BATCH,), and shares in [0, 1), (BATCH,)."""
    return np.argsort(numbers(f'order {step}', BATCH)), (numbers(f'shares {step}', BATCH) + 1) / 2


def clusters(epoch: int, sizes: list, tree: bool = False) -> list:
    """Given clusters of the images of an epoch, finest first in a tree.

    The first image of every step is in the last cluster of each level: HCSC's code never takes that one as a negative, and no code takes a
    prototype of the step's images. PCL's are found anew in each epoch, and so are these.

    Returns:
        list[dict]: For each level ``assignments`` (N,), ``centroids`` (k, DIM), ``density`` (k,) and, in a tree but for the last level,
        ``parents`` (k,).
    """
    levels, num = [], STEPS // SETTINGS['pcl']['epochs'] * BATCH
    for number, k in enumerate(sizes):
        drawn = numbers(f'centroids {epoch} {number}', k, DIM)
        centroids = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
        density = 0.2 + 0.1 * numbers(f'density {epoch} {number}', k)
        choices = (
            (numbers(f'clusters {epoch} {number}', num if not (tree and number) else sizes[number - 1]) + 1)
            / 2
            * k
        )
        choices = choices.astype(np.int64)
        if tree and number:
            choices[-1] = k - 1
            levels[-1]['parents'] = choices
            choices = choices[levels[-1]['assignments']]
        else:
            choices[::BATCH] = k - 1
        levels.append(dict(assignments=choices, centroids=centroids, density=density))
    return levels


def selection(step: int, name: str) -> np.ndarray:
    """Numbers in [0, 1), one for each image of a step, that stand for HCSC's draws: what is kept with a larger probability stays."""
    return (numbers(f'selection {step} {name}', BATCH) + 1) / 2


def digest(array: np.ndarray) -> dict:
    """A tensor in a few numbers: its values, or where there are many its length and its products with five unit vectors."""
    array = np.asarray(array, dtype=np.float64)
    flat = array.ravel()
    if len(flat) <= 8:
        return dict(shape=list(array.shape), values=flat.tolist())
    onto = [np.ones(len(flat))] + [numbers(f'projection {i}', len(flat)) for i in range(4)]
    dots = [float(vector @ flat / np.linalg.norm(vector)) for vector in onto]
    return dict(shape=list(array.shape), values=[float(np.linalg.norm(flat)), *dots])
