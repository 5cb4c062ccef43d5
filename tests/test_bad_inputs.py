"""Bad input gets a sentence: each row runs the real command and looks at what a user would see.

``python tests/test_bad_inputs.py --write`` runs all of them and writes the table to docs/bad_inputs.md.
"""

import gzip
import os
import re
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest
import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from mmcl.datasets.pack import pack_folder  # noqa: E402
from tests.test_datasets.images import save, truncate  # noqa: E402

DOC = ROOT / 'docs' / 'bad_inputs.md'
NUM_IMAGES, BATCH = 24, 8

# Protocol FM's configs made tiny: width 8, batch 8, one epoch.
CONFIG = """_base_ = [{base!r}]
train_dataloader = dict(batch_size=8)
val_dataloader = dict(batch_size=8)
test_dataloader = dict(batch_size=8)
model = dict(
    backbone=dict(base_channels=8, stem_channels=8),
    neck=dict(in_channels=64, hidden_channels=16, out_channels=16),
    {more}
)
train_cfg = dict(max_epochs=1)
"""
MORE = dict(
    mocov2='memory=dict(size=16, dim=16), encoder=dict(bn_splits=1), pairs=[(0, 1)],',
    byol='predictor=dict(in_channels=16, hidden_channels=16, out_channels=16),',
    simclr='',
    pcl='memory=dict(size=16, dim=16), encoder=dict(bn_splits=1), pairs=[(0, 1)], num_negatives=16, clusters=dict(num_clusters=[50]),',
)


class Case(NamedTuple):
    """One mistake.

    Args:
        title (str): What is wrong.
        command (str): A file of ``tools`` and its arguments, in a folder with ``data`` (class folders of 24 images), a config a method
            (``mocov2.py`` ...) and ``work``, the work dir of a finished run.
        words (Sequence[str]): What the output must hold: the offending value and the remedy.
        prepare (Callable, optional): Is given the folder first.
        code (int): Exit code: 2 for an error, 0 where a warning is right.
        limit (int, optional): Largest file that may be written, bytes.
        starts (bool): Training starts before the mistake shows, so the work dir's copy of the config is the new run's.
    """

    title: str
    command: str
    words: Sequence[str]
    prepare: Callable[[Path], None] | None = None
    code: int = 2
    limit: int | None = None
    starts: bool = False


def train(options: str = '', config: str = 'mocov2.py', data: str = '--data-root data') -> str:
    """A training command."""
    return ' '.join(f'train.py {config} {data} --work-dir work --precision fp32 {options}'.split())


def options(text: str) -> str:
    """A training command with ``--cfg-options``."""
    return train(f'--cfg-options {text}')


def probe(options: str = '', config: str = 'mocov2.py') -> str:
    """A command that estimates mutual information."""
    return f'analysis/mutual_information.py {config} work/epoch_1.pth --data-root data {options}'.strip()


def search(options: str = '', data: str = 'data') -> str:
    """A command that searches for views."""
    return f'view_search.py mocov2.py --data-root {data} {options}'.strip()


def with_line(line: str) -> Callable[[Path], None]:
    """Add a line to the config."""

    def prepare(place: Path) -> None:
        with open(place / 'mocov2.py', 'a') as file:
            file.write(f'{line}\n')

    return prepare


def images(folder: str, num: int = 0, rotten: int = 0, cut: int = 0, loop: int = 0) -> Callable[[Path], None]:
    """Make a folder of good images, files with noise, truncated images and links to themselves."""

    def prepare(place: Path) -> None:
        (place / folder).mkdir()
        for i in range(num):
            save(place / folder / f'{i}.png', i)
        for i in range(rotten):
            (place / folder / f'rotten{i}.png').write_bytes(b'this is no image')
        for i in range(cut):
            truncate(save(place / folder / f'cut{i}.png', i), 0.5)
        for i in range(loop):
            os.symlink(f'loop{i}.png', place / folder / f'loop{i}.png')

    return prepare


def texts(place: Path) -> None:
    (place / 'texts').mkdir()
    (place / 'texts' / 'notes.txt').write_text('no image')


def stray(place: Path) -> None:
    save(place / 'data' / 'stray.png')


def one_class(place: Path) -> None:
    for i in range(NUM_IMAGES):
        save(place / 'one' / 'cats' / f'{i}.png', i)


def cut_fashion_mnist(place: Path) -> None:
    (place / 'fm').mkdir()
    for name, shape in (
        ('train-images-idx3', (24, 28, 28)),
        ('train-labels-idx1', (24,)),
        ('t10k-images-idx3', (24, 28, 28)),
        ('t10k-labels-idx1', (24,)),
    ):
        data = struct.pack(f'>HBB{len(shape)}I', 0, 8, len(shape), *shape) + bytes(torch.Size(shape).numel())
        data = gzip.compress(data)
        (place / 'fm' / f'{name}-ubyte.gz').write_bytes(
            data[:-12] if name.startswith('train-images') else data
        )


def store_in_place(place: Path) -> None:
    """Pack ``data`` into ``all.tar``."""
    pack_folder(str(place / 'data'), str(place / 'all.tar'))


def cut_store(place: Path) -> None:
    store_in_place(place)
    truncate(place / 'all.tar')


def damaged_store(place: Path) -> None:
    """Change a byte of one image in ``all.tar``."""
    store_in_place(place)
    data, image = (place / 'all.tar').read_bytes(), (place / 'data' / 'a' / '2.png').read_bytes()
    (place / 'all.tar').write_bytes(data.replace(image, image[:-9] + b'x' + image[-8:]))


def other_search(place: Path) -> None:
    """A folder with the results of a search that asked for something else."""
    (place / 'found').mkdir()
    (place / 'found' / 'results.json').write_text('{"settings": {}, "trials": []}')


def cut_centres(place: Path) -> None:
    (place / 'work' / 'center_residual.json').write_text('{"rows": [{"iter": 8')


class _Payload:
    def __reduce__(self):
        return os.system, ('touch ran',)


def code_in_checkpoint(place: Path) -> None:
    torch.save(dict(state_dict={}, meta=_Payload()), place / 'code.pth')


def cut_checkpoint(place: Path) -> None:
    shutil.copy(place / 'work' / 'epoch_1.pth', place / 'cut.pth')
    truncate(place / 'cut.pth')


def empty_checkpoint(place: Path) -> None:
    (place / 'empty.pth').touch()


def cut_work_dir(place: Path) -> None:
    """Every checkpoint of the work dir ends too early."""
    for path in (place / 'work').glob('*.pth'):
        truncate(path)


CASES = [
    # folders
    Case('folder that is not there', train(data='--data-root nowhere'), ['nowhere does not exist', 'Check the path']),
    Case('file in place of a folder', train(data='--data-root mocov2.py'), ['mocov2.py is not a folder', 'Check the path']),
    Case('empty folder', train(data='--data-root empty'), ['empty holds no files', 'another folder'], images('empty')),
    Case('folder without images', train(data='--data-root texts'), ['.txt', 'another folder'], texts),
    Case('images beside class folders', train(), ['stray.png', '--no-validate'], stray),
    Case('one class folder', train(data='--data-root one'), ['kNN is off', 'at least two'], one_class, code=0),
    Case('files that are no images', train(data='--data-root rotten'), ['6 of 30', 'max_corrupt_share'], images('rotten', 24, rotten=6)),
    Case('one file that is no image', train(data='--data-root rotten'),
         ['1 of 25', 'rotten0.png'], images('rotten', 24, rotten=1), code=0),
    Case('images that end too early', train(data='--data-root cut'), ['cut', 'max_corrupt_share'], images('cut', 16, cut=8), starts=True),
    Case('images that end too early, two workers', train('--cfg-options train_dataloader.num_workers=2', data='--data-root cut'),
         ['cut', 'max_corrupt_share'], images('cut', 16, cut=8), starts=True),
    Case('one image that ends too early', train(data='--data-root cut'),
         ['cut0.png', 'next readable image'], images('cut', 24, cut=1), code=0),
    Case('files that cannot be opened', train(data='--data-root loops'), ['6 of 30', 'loop0.png'], images('loops', 24, loop=6)),
    Case('damaged file of Fashion-MNIST', train(data='--data-root fm'),
         ['train-images-idx3-ubyte.gz', 'prepare_fashion_mnist.py'], cut_fashion_mnist),
    Case('fewer images than a batch', options('train_dataloader.batch_size=64'), ['64', 'Lower train_dataloader.batch_size']),
    # packed images
    Case('packing a folder that is not there', 'pack_images.py nowhere all.tar', ['nowhere does not exist', 'Check the path']),
    Case('packing into a file that exists', 'pack_images.py data all.tar', ['all.tar exists', 'another name'], store_in_place),
    Case('packing into a folder that is not there', 'pack_images.py data lost/all.tar', ['lost/all.tar', 'No such file', 'another place']),
    Case('packing with nowhere to go', 'pack_images.py data', ['OUT', '--verify', 'usage']),
    Case('disk full while packing', 'pack_images.py data all.tar', ['all.tar', 'Free some space'], limit=10_000),
    Case('packed file that is cut short', train(data='--data-root all.tar'), ['all.tar is cut short', 'Copy it again'], cut_store),
    Case('checking a packed file with a damaged image', 'pack_images.py all.tar --verify', ['1 of 24', 'a/2.png', 'pack the folder again'],
         damaged_store),
    Case('training on a packed file with a damaged image', train(data='--data-root all.tar'),
         ['all.tar/a/2.png', 'next readable image'], damaged_store, code=0),
    Case('checking what is no packed file', 'pack_images.py mocov2.py --verify', ['mocov2.py is no packed', 'Pack the folder']),
    # config
    Case('config that is not there', train(config='mocov3.py'), ['mocov3.py', 'configs/']),
    Case('config that is no Python', train(), ['mocov2.py', 'SyntaxError'], with_line('model = dict(')),
    Case('unknown type', train(), ["type='MoCoo'", "'MoCo'", 'mocov2.py'], with_line("model = dict(type='MoCoo')")),
    Case('part of the wrong kind', train(), ['LatentHead', 'model.memory'],
         with_line("model = dict(memory=dict(_delete_=True, type='LatentHead'))")),
    Case('unknown key of a part', train(), ['temprature=0.1', "'temperature'"], with_line('model = dict(head=dict(temprature=0.1))')),
    Case('unknown key of the runner', train(), ["'optim_wraper'", "'optim_wrapper'"], with_line('optim_wraper = dict()')),
    Case('unknown key of paramwise_cfg', train(), ["'bias_decay'", "'bias_decay_mult'"],
         with_line('optim_wrapper = dict(paramwise_cfg=dict(bias_decay=0))')),
    Case('custom_keys that match nothing', train(), ["'bakbone'", "'backbone'"],
         with_line('optim_wrapper = dict(paramwise_cfg=dict(custom_keys=dict(bakbone=dict(lr_mult=0.1))))')),
    Case('value of the wrong type', train(),
         ["'many'", 'memory.size', 'whole number'], with_line("model = dict(memory=dict(size='many'))")),
    Case("momentum in MMEngine's convention", options('model.encoder.momentum=0.004'), ['momentum=0.004', '0.996']),
    Case('momentum above 1', options('model.encoder.momentum=1.5'), ['momentum=1.5', '0.999']),
    Case('temperature 0', options('model.head.temperature=0'), ['temperature=0', 'model.head.temperature']),
    Case('negative batch', options('train_dataloader.batch_size=-8'), ['-8', 'at least 1']),
    Case('negative learning rate', options('optim_wrapper.optimizer.lr=-0.1'), ['-0.1', 'optimizer']),
    Case('no epochs', options('train_cfg.max_epochs=0'), ['0', 'train_cfg.max_epochs']),
    Case('view with a probability above 1', train(), ['grey_prob=2', 'grey_prob=0.5'],
         with_line("model = dict(data_preprocessor=dict(views=[dict(type='RandomView', size=32, grey_prob=2)] * 2))")),
    Case('neck that does not fit the backbone', options('model.neck.in_channels=100'),
         ['in_channels=100', 'Set in_channels=64'], starts=True),
    Case('queue that does not fit the neck', options('model.memory.dim=32'), ['dim=32', 'model.memory.dim=16'], starts=True),
    Case('queue shorter than the batch', options('model.memory.size=4'), ['4', '8', 'model.memory.size'], starts=True),
    Case('one image a batch with batch norm', train('--cfg-options train_dataloader.batch_size=1', config='byol.py'),
         ['batch_size', '1']),
    Case('more clusters than images', train('--cfg-options default_hooks.clustering.warmup_epochs=0', config='pcl.py'),
         ['50', 'WARNING'], code=0),
    Case('more neighbours than images', train(), ['k=200', 'WARNING'], code=0),
    # command line
    Case('unknown key in --cfg-options', options('optim_wrapper.optimizer.lrr=0.1'), ["'lrr'", "'lr'", '+optim_wrapper']),
    Case('wrong type in --cfg-options', options('optim_wrapper.optimizer.lr=fast'), ["'fast'", 'a number']),
    Case('--cfg-options without =', options('lr'), ["'lr'", 'K=V']),
    Case('unknown precision', train('--precision fp8'), ["'fp8'", 'bf16']),
    Case('unknown option', train('--epochs 3'), ['--epochs', 'usage']),
    Case('saving every 0 iterations', train('--save-every 0'), ['save_every=0', 'at least 1']),
    Case('scaling the learning rate of nothing', train('--auto-scale-lr'), ['base_batch_size'], with_line('auto_scale_lr = None')),
    Case('work dir that cannot be made', 'train.py mocov2.py --data-root data --work-dir mocov2.py/run', ['mocov2.py/run', '--work-dir']),
    # while training
    Case('disk full', train(), ['could not be written', '--resume'], limit=100_000, starts=True),
    Case('loss that is no number', options('optim_wrapper.optimizer.lr=1e30'),
         ['nan_batch.pth', 'optim_wrapper.optimizer.lr'], starts=True),
    # checkpoints
    Case('resume from nothing', train('--resume lost.pth'), ['lost.pth', 'Check the path']),
    Case('resume from an empty file', train('--resume empty.pth'), ['empty.pth', 'earlier checkpoint'], empty_checkpoint),
    Case('resume from half a file', train('--resume cut.pth'), ['cut.pth', 'earlier checkpoint'], cut_checkpoint),
    Case('resume where no checkpoint is whole', train('--resume'), ['work', 'another --work-dir'], cut_work_dir),
    Case('resume another method', train('--resume work/epoch_1.pth', config='byol.py'), ['MoCo', 'BYOL', 'the config that wrote it']),
    Case('resume with other processes', 'dist_train.sh mocov2.py 2 --data-root data --work-dir work --precision fp32 --resume',
         ['1 process(es), this run has 2', 'Start as before']),
    Case('mistake on two processes', 'dist_train.sh mocov3.py 2', ['mocov3.py', 'configs/']),
    Case('resume with another batch', train('--resume work/epoch_1.pth --cfg-options train_dataloader.batch_size=4'),
         ['8', '4', 'Start as before']),
    Case('code in a checkpoint', train('--resume code.pth'), ['code.pth', 'system', '--trust-checkpoint'], code_in_checkpoint),
    Case('code in a checkpoint to test', 'test.py mocov2.py code.pth --data-root data',
         ['code.pth', '--trust-checkpoint'], code_in_checkpoint),
    Case('checkpoint of another method to test', 'test.py byol.py work/epoch_1.pth --data-root data', ['predictor', 'was trained with']),
    Case('checkpoint of another width',
         'test.py mocov2.py work/epoch_1.pth --data-root data --cfg-options model.neck.out_channels=32 model.memory.dim=32',
         ['(16,', '(32,', 'was trained with']),
    Case('nothing to test on', 'test.py mocov2.py work/epoch_1.pth --data-root one',
         ['test_dataloader', 'folder for each class'], one_class),
    Case('features into a file of the wrong kind', 'extract_features.py mocov2.py work/epoch_1.pth --data-root data --out f.csv',
         ['f.csv', '.npz']),
    Case('features of nothing', 'extract_features.py mocov2.py work/epoch_1.pth --data-root nowhere --out f.npz',
         ['nowhere', '--data-root']),
    Case('features with a checkpoint that is not there', 'extract_features.py mocov2.py lost.pth --data-root data --out f.npz',
         ['lost.pth', 'Check the path']),
    Case('features in batches of nothing', 'extract_features.py mocov2.py work/epoch_1.pth --data-root data --out f.npz --batch-size 0',
         ['batch_size=0', 'at least 1']),
    Case('features on a device that there is not',
         'extract_features.py mocov2.py work/epoch_1.pth --data-root data --out f.npz --device gpu', ['device=gpu', 'cuda']),
    Case('features with code in the checkpoint', 'extract_features.py mocov2.py code.pth --data-root data --out f.npz',
         ['code.pth', '--trust-checkpoint'], code_in_checkpoint),
    Case('features of files that are no images', 'extract_features.py mocov2.py work/epoch_1.pth --data-root rotten --out f.npz',
         ['6 of 6', 'max_corrupt_share'], images('rotten', rotten=6)),
    # measuring
    Case('mutual information of a view that is not made', probe('--views 0 2'), ['2 view(s)', 'views (0, 2)']),
    Case('mutual information by an unknown bound', probe('--objectives nce'), ["'nce'", 'infonce']),
    Case('mutual information of a batch of one', probe('--batch-size 1'), ['--batch-size 1', 'at least 2']),
    Case('mutual information of too few images', probe(), ['1 images', 'batch_size']),
    Case('mutual information with the checkpoint of another method', probe(config='byol.py'), ['predictor', 'was trained with']),
    Case('mutual information into a place that is none', probe('--out mocov2.py/f.json'), ['mocov2.py', 'Check the path']),
    Case('search over an unknown knob', search('--space hue=0.1'), ["'hue'", 'crop, color']),
    Case('search over a knob without values', search('--space crop'), ['--space crop', 'crop=0.1,0.5']),
    Case('search over a crop that is none', search('--space crop=2'), ['(2.0, 2.0)', 'crop_scale']),
    Case('search with too few images held out', search('--held-out 2'), ['--held-out 2', 'at least 4']),
    Case('search with more images held out than there are', search(), ['22 training images', 'Lower --held-out']),
    Case('search without labels', search(data='one'), ['without kNN', 'class'], one_class),
    Case('search in the folder of another one', search('--held-out 8 --work-dir found'),
         ['found', 'Give another --work-dir'], other_search),
    Case('centres of a run without the hook', 'visualization/center_residual.py work', ['center_residual.json', 'CenterResidualHook']),
    Case('centres from half a file', 'visualization/center_residual.py work', ['center_residual.json', 'Train again'], cut_centres),
    Case('centres of two runs of one name', 'visualization/center_residual.py work work', ['work work', 'Give --names']),
    Case('centres into a file of the wrong kind', 'visualization/center_residual.py work --out f.csv', ['f.csv', '.png'], cut_centres),
    Case('information plane of a run without the hook', 'visualization/information_plane.py work',
         ['information_plane.json', 'InformationPlaneHook']),
    Case('lines of a config that is not there', 'misc/step_lines.py lost.py', ['lost.py', 'configs/']),
    Case('printing a config that is not there', 'misc/print_config.py lost.py', ['lost.py', 'configs/']),
    Case('views of a folder that is not there', 'visualization/browse_views.py mocov2.py --data-root nowhere',
         ['nowhere', 'Check the path']),
    Case('views of no images', 'visualization/browse_views.py mocov2.py --data-root data --num 0', ['--num 0', 'at least one image']),
    Case('views into a file of the wrong kind', 'visualization/browse_views.py mocov2.py --data-root data --out views.csv',
         ['views.csv', '.png']),
]  # fmt: skip


# How a row is run


class Seen(NamedTuple):
    """What a command did."""

    code: int
    output: str
    harm: list[str]


def run(command: str, place: Path, limit: int | None = None) -> subprocess.CompletedProcess:
    """Run a tool in a folder, as a user would."""
    tool, *words = command.split()
    environment = dict(
        os.environ, OMP_NUM_THREADS='1', PYTHONPATH=str(ROOT), COLUMNS='200', PYTHON=sys.executable
    )
    return subprocess.run(
        ['bash' if tool.endswith('.sh') else sys.executable, str(ROOT / 'tools' / tool), *words],
        cwd=place,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        preexec_fn=limit and (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))),
    )


def make_place(place: Path) -> Path:
    """Make the folder that every row starts from: images, configs, and the work dir of a finished run."""
    for i in range(NUM_IMAGES):
        save(place / 'data' / 'ab'[i % 2] / f'{i}.png', i)
    for method, more in MORE.items():
        base = str(ROOT / 'configs' / method / 'r18w16_3e_fmnist.py')
        (place / f'{method}.py').write_text(CONFIG.format(base=base, more=more))
    done = run(train('--no-validate'), place)
    assert done.returncode == 0, done.stdout
    return place


def observe(case: Case, start: Path, place: Path) -> Seen:
    """Run one row in its own copy of the folder."""
    shutil.copytree(start, place)
    if case.prepare is not None:
        case.prepare(place)
    before = {path: path.read_bytes() for path in sorted((place / 'work').rglob('*')) if path.is_file()}
    done = run(case.command, place, case.limit)
    harm = [path.name for path, data in before.items() if not path.is_file() or path.read_bytes() != data]
    harm += [path.name for path in place.rglob('*.tmp')]
    harm += ['the code in the checkpoint ran'] if (place / 'ran').exists() else []
    return Seen(done.returncode, done.stdout.replace(f'{place}/', ''), harm)


def problems(case: Case, seen: Seen) -> list[str]:
    """What is wrong with how a command ended; nothing where all is well."""
    found = [f'{word!r} is not said' for word in case.words if word not in seen.output]
    if seen.code != case.code:
        found.append(f'exit code {seen.code}, not {case.code}')
    if 'Traceback' in seen.output:
        found.append('a traceback')
    # A run that starts renews its copy of the config, one that ends all of its files.
    renewed = {'mocov2.py'} if case.starts else set()
    if case.code == 0:
        renewed = {'mocov2.py', 'last_checkpoint', 'epoch_1.pth', 'result.json'}
    return found + [f'{name} was harmed' for name in seen.harm if name not in renewed]


@pytest.fixture(scope='session')
def seen(request, tmp_path_factory):
    """Start the rows that this session tests, two at a time."""
    root = tmp_path_factory.mktemp('bad_inputs')
    specs = [item.callspec for item in request.session.items if hasattr(item, 'callspec')]
    wanted = [spec.params['case'] for spec in specs if isinstance(spec.params.get('case'), Case)]
    start = make_place(root / 'start')
    with ThreadPoolExecutor(2) as pool:
        yield {case.title: pool.submit(observe, case, start, root / str(i)) for i, case in enumerate(wanted)}


@pytest.mark.parametrize('case', CASES, ids=lambda case: case.title.replace(' ', '-'))
def test_bad_input_gets_a_sentence_and_harms_nothing(case, seen):
    result = seen[case.title].result()
    assert not problems(case, result), result.output


def test_document_lists_every_row():
    text = DOC.read_text()
    rows = [line for line in text.splitlines() if line.startswith('| ') and '`' in line]
    assert len(rows) == len(CASES) >= 25
    for case, row in zip(CASES, rows):
        assert row.startswith(f'| {case.title} |') and escaped(case.command) in row, case.title


def escaped(text: str) -> str:
    """Text for a cell of a Markdown table."""
    return text.replace('|', '\\|').replace('<', '&lt;')


def message(case: Case, output: str) -> str:
    """The line that a row is about."""
    lines = [re.sub(r'^\S+ \S+ - mmengine - ', '', line) for line in output.splitlines()]
    if case.code:
        return next(line for line in lines if 'error: ' in line)
    return next(line for line in lines if case.words[0] in line)


def write() -> int:
    """Run every row and write the table; gives the number of rows that went wrong."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        start = make_place(Path(folder) / 'start')
        results = list(pool.map(lambda i: observe(CASES[i], start, Path(folder) / str(i)), range(len(CASES))))
    wrong = [(case.title, problems(case, result), result.output) for case, result in zip(CASES, results)]
    wrong = [row for row in wrong if row[1]]
    for title, found, output in wrong:
        print(f'{title}: {", ".join(found)}\n{output}', file=sys.stderr)
    if not wrong:
        rows = [
            f'| {case.title} | `{escaped(case.command)}` | {result.code} | {escaped(message(case, result.output))} |'
            for case, result in zip(CASES, results)
        ]
        DOC.write_text('\n'.join([HEAD, *rows, '']))
    return len(wrong)


HEAD = """# Bad input gets a sentence

Every tool says what it was given, what it expected and what to type, on one line, and ends with exit code 2; files of earlier
runs are unharmed. Where work can go on, it does, with a line in the log, and the exit code is 0.

This table is what the commands said when `python tests/test_bad_inputs.py --write` last ran them; `tests/test_bad_inputs.py` runs
the same commands. They start in a folder with `data` (24 small images in two class folders), `work` (the work dir of a finished
run of `mocov2.py`) and one tiny config a method; some rows change a file there first, as the first column says.

| what is wrong | command in tools/ | code | what it says |
|---|---|---|---|"""


if __name__ == '__main__':
    if sys.argv[1:] != ['--write']:
        sys.exit('usage: python tests/test_bad_inputs.py --write')
    sys.exit(write())
