import gzip
import struct
from pathlib import Path

import pytest
from mmengine.config import Config, ConfigDict

from mmcl.datasets.pack import pack_folder
from mmcl.registry import DATASETS
from mmcl.utils.config_check import check_config
from mmcl.utils.data_root import apply_data_root
from mmcl.utils.errors import InputError
from mmcl.utils.validation import drop_validation
from tests.test_datasets.images import save

ROOT = Path(__file__).parents[2]
CONFIGS = sorted(path for path in (ROOT / 'configs').rglob('*.py') if '_base_' not in path.parts)
VIEWS = [dict(type='RandomView', size=32), dict(type='RandomView', size=32, grey_prob=0.5)]
LOADED = [dict(type='LoadImage', defer=True), dict(type='MultiView', views=VIEWS), dict(type='PackViews')]
TEST_VIEW = [
    dict(type='LoadImage'),
    dict(type='ResizeCenterCrop', resize=40, crop=32),
    dict(type='PackViews'),
]
CLUSTER_VIEW = [
    dict(type='LoadImage'),
    dict(type='ResizeCenterCrop', resize=36, crop=32),
    dict(type='PackViews'),
]


def folder(root, *names):
    for seed, name in enumerate(names):
        save(root / name, seed)
    return str(root)


def classes(root, *labels, prefix='', num=4):
    return folder(root, *(f'{prefix}{label}/{i}.png' for label in labels for i in range(num)))


def photo_config(**dataset):
    dataset = dataset or dict(type='ImageNet', data_root='data/imagenet')
    val = dict(dataset=dict(dataset, split='val', pipeline=TEST_VIEW))
    return Config(
        dict(
            model=dict(data_preprocessor=dict(type='ViewPreprocessor')),
            train_dataloader=dict(dataset=dict(dataset, split='train', pipeline=LOADED)),
            val_dataloader=val,
            val_cfg=dict(),
            val_evaluator=dict(type='KNNMetric'),
            test_dataloader=val,
            test_cfg=dict(),
            test_evaluator=dict(type='KNNMetric'),
            custom_hooks=[
                dict(type='KNNHook', bank_dataloader=dict(dataset=dict(dataset, pipeline=TEST_VIEW)))
            ],
            default_hooks=dict(
                checkpoint=dict(type='CheckpointHook', save_best='knn/top1'),
                clustering=dict(type='ClusteringHook', pipeline=CLUSTER_VIEW),
            ),
        )
    )


def memory_config():
    cfg = photo_config(type='FashionMNIST', data_root='data/fashion_mnist', pad_to=32)
    cfg.train_dataloader.dataset.pipeline = [dict(type='PackViews')]
    cfg.val_dataloader.dataset.pipeline = [dict(type='PackViews')]
    cfg.test_dataloader = cfg.val_dataloader
    cfg.model.data_preprocessor.views = VIEWS
    cfg.custom_hooks = [dict(type='KNNHook')]
    cfg.default_hooks.clustering = dict(type='ClusteringHook')
    return cfg


def built(loader):
    dataset = DATASETS.build(loader.dataset)
    dataset.full_init()
    return dataset


def test_layout_that_the_config_expects_changes_roots_only_hooks_included(tmp_path):
    root = classes(tmp_path, 'cat', 'dog', prefix='train/')
    classes(tmp_path, 'cat', 'dog', prefix='val/')
    cfg = photo_config()
    expected = Config.fromstring(cfg.pretty_text.replace('data/imagenet', root), '.py').to_dict()
    apply_data_root(cfg, root)
    assert cfg.to_dict() == expected


def test_in_memory_config_keeps_its_set_where_the_files_are_there(tmp_path):
    header = {1: struct.pack('>HBBI', 0, 8, 1, 2), 3: struct.pack('>HBB3I', 0, 8, 3, 2, 28, 28)}
    for name in ('train-images-idx3', 't10k-images-idx3', 'train-labels-idx1', 't10k-labels-idx1'):
        dims = int(name[-1])
        data = header[dims] + bytes(2 * (784 if dims == 3 else 1))
        (tmp_path / f'{name}-ubyte.gz').write_bytes(gzip.compress(data))
    cfg = memory_config()
    cfg.val_dataloader.dataset.split = 'test'
    apply_data_root(cfg, str(tmp_path))
    assert cfg.train_dataloader.dataset == dict(
        memory_config().train_dataloader.dataset, data_root=str(tmp_path)
    )
    assert len(cfg.model.data_preprocessor.views) == 2
    assert len(built(cfg.val_dataloader)) == 2


def test_plain_folder_of_any_depth_trains_on_all_images_without_validation(tmp_path):
    root = folder(tmp_path, 'a/b/1.png', 'a/2.jpg', 'a/c/d/e/3.bmp')
    cfg = photo_config()
    apply_data_root(cfg, root)
    assert len(built(cfg.train_dataloader)) == 3
    assert cfg.train_dataloader.dataset.pipeline == LOADED
    for name in (
        'val_dataloader',
        'val_cfg',
        'val_evaluator',
        'test_dataloader',
        'test_cfg',
        'test_evaluator',
    ):
        assert cfg[name] is None, name
    assert cfg.custom_hooks == []
    assert cfg.default_hooks.checkpoint.save_best is None
    assert cfg.default_hooks.clustering.pipeline == CLUSTER_VIEW


def test_switched_off_validation_is_one_log_line(tmp_path, monkeypatch):
    lines = []
    monkeypatch.setattr(
        'mmcl.utils.data_root.print_log', lambda message, *args, **kwargs: lines.append(message)
    )
    apply_data_root(photo_config(), folder(tmp_path, 'one_class/1.png', 'one_class/2.png'))
    assert len(lines) == 1 and 'kNN is off' in lines[0] and str(tmp_path) in lines[0]


def test_class_folders_are_divided_into_a_bank_and_validation_images_that_do_not_overlap(tmp_path):
    cfg = photo_config()
    apply_data_root(cfg, classes(tmp_path, 'cat', 'dog', num=10))
    parts = [built(cfg[f'{name}_dataloader']) for name in ('train', 'val', 'test')]
    train, val, test = ({part.get_data_info(i)['img_path'] for i in range(len(part))} for part in parts)
    assert (len(train), len(val)) == (18, 2) and not train & val and val == test
    assert parts[0].metainfo['classes'] == parts[1].metainfo['classes'] == ('cat', 'dog')
    assert cfg.custom_hooks[0].bank_dataloader.dataset.split == 'train'
    assert cfg.custom_hooks[0].bank_dataloader.dataset.pipeline == TEST_VIEW


def test_train_and_val_folders_of_any_config_are_trained_and_validated_on(tmp_path):
    classes(tmp_path, 'cat', 'dog', prefix='train/')
    root = classes(tmp_path, 'dog', prefix='Val/')
    cfg = memory_config()
    apply_data_root(cfg, root)
    train, val = built(cfg.train_dataloader), built(cfg.val_dataloader)
    assert (len(train), len(val)) == (8, 4)
    assert set(val.get_gt_labels()) == {train.metainfo['classes'].index('dog')}


def test_training_never_sees_the_images_of_a_val_folder(tmp_path):
    root = folder(tmp_path, 'train/1.png', 'train/2.png', 'val/3.png')
    cfg = photo_config()
    apply_data_root(cfg, root)
    assert len(built(cfg.train_dataloader)) == 2
    assert cfg.val_dataloader is None


def test_device_views_become_the_same_views_of_files(tmp_path):
    cfg = memory_config()
    apply_data_root(cfg, classes(tmp_path, 'cat', 'dog'))
    assert cfg.train_dataloader.dataset.pipeline == LOADED
    assert cfg.model.data_preprocessor.views is None
    plain = [
        dict(type='LoadImage'),
        dict(type='ResizeCenterCrop', resize=32, crop=32),
        dict(type='PackViews'),
    ]
    assert cfg.val_dataloader.dataset.pipeline == plain
    assert cfg.default_hooks.clustering.pipeline == plain
    assert [view.shape for view in built(cfg.train_dataloader)[0]['inputs']] == [(3, 32, 32)] * 2
    assert built(cfg.val_dataloader)[0]['inputs'].shape == (3, 32, 32)


def test_several_sets_of_a_wrapper_become_one_folder(tmp_path):
    cfg = photo_config()
    inner = cfg.train_dataloader.dataset
    cfg.train_dataloader.dataset = dict(type='ConcatDataset', datasets=[inner, inner])
    cfg.val_dataloader.dataset = dict(type='RepeatDataset', times=2, dataset=cfg.val_dataloader.dataset)
    apply_data_root(cfg, classes(tmp_path, 'cat', 'dog'))
    assert cfg.train_dataloader.dataset.type == 'ImageFolder'
    assert (cfg.val_dataloader.dataset.type, cfg.val_dataloader.dataset.dataset.type) == (
        'RepeatDataset',
        'ImageFolder',
    )


def test_indices_of_a_set_still_count_for_the_folder(tmp_path):
    cfg = photo_config()
    cfg.train_dataloader.dataset['indices'] = 3
    apply_data_root(cfg, classes(tmp_path, 'cat', 'dog'))
    assert len(built(cfg.train_dataloader)) == 3


@pytest.mark.parametrize(
    'names, words',
    [
        (['cat/1.png', 'dog/2.png', 'stray.png'], ['stray.png', '2 folders', '--no-validate']),
        (['train/cat/1.png', 'train/dog/2.png', 'stray.png'], ['stray.png', 'train/']),
        (['train/cat/1.png', 'train/dog/2.png', 'train/stray.png', 'val/cat/3.png'], ['stray.png', 'train']),
        (['val/1.png', 'test/2.png'], ['splits', 'val']),
    ],
)
def test_layout_that_could_mean_two_things_is_an_error(tmp_path, names, words):
    with pytest.raises(InputError) as error:
        apply_data_root(memory_config(), folder(tmp_path, *names))
    assert all(word in str(error.value) for word in [str(tmp_path), *words]), str(error.value)


def test_without_validation_images_beside_folders_are_fine(tmp_path):
    cfg = photo_config()
    drop_validation(cfg)
    apply_data_root(cfg, folder(tmp_path, 'cat/1.png', 'dog/2.png', 'stray.png'))
    assert len(built(cfg.train_dataloader)) == 3


@pytest.mark.parametrize('kind', ['missing', 'empty', 'text', 'file'])
def test_folder_that_gives_no_images_is_an_error_that_names_it(tmp_path, kind):
    root = tmp_path / kind
    if kind != 'missing':
        (tmp_path / ('empty' if kind == 'empty' else 'text')).mkdir()
    if kind in ('text', 'file'):
        (tmp_path / 'text' / 'notes.txt').write_text('no image')
        root = root if kind == 'text' else tmp_path / 'text' / 'notes.txt'
    cfg = photo_config()
    before = cfg.to_dict()
    with pytest.raises(InputError, match='--data-root'):
        apply_data_root(cfg, str(root))
    assert cfg.to_dict() == before


def test_parts_of_a_config_that_are_one_object_do_not_change_each_other(tmp_path):
    cfg = photo_config()
    shared = ConfigDict(cfg.val_dataloader)
    cfg._cfg_dict['val_dataloader'] = cfg._cfg_dict['test_dataloader'] = shared
    apply_data_root(cfg, classes(tmp_path, 'cat', 'dog'))
    assert shared.dataset.type == 'ImageNet'


def size_of(view):
    """Height and width that a recipe, or the first step of it, gives a view."""
    sizes = [
        step[name]
        for step in view.get('transforms', [view])
        for name in ('size', 'crop', 'crop_size')
        if name in step
    ]
    return (sizes[0], sizes[0]) if isinstance(sizes[0], int) else tuple(sizes[0])


@pytest.mark.parametrize('labelled', [True, False], ids=['classes', 'plain'])
@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.relative_to(ROOT / 'configs').as_posix())
def test_every_shipped_config_takes_any_folder(tmp_path, path, labelled):
    root = classes(tmp_path, 'cat', 'dog') if labelled else folder(tmp_path, *(f'{i}.png' for i in range(8)))
    cfg = Config.fromfile(path)
    apply_data_root(cfg, root)
    check_config(cfg)
    if any(step['type'] == 'AlignedViews' for step in cfg.train_dataloader.dataset.pipeline):
        with pytest.raises(InputError, match='[Ff]older'):  # any folder is not one of aligned ones
            built(cfg.train_dataloader)[0]
        return
    few = cfg.train_dataloader.dataset.get('labelled') or {}
    long_tail = cfg.train_dataloader.dataset.get('long_tail')
    if (few or long_tail) and not labelled:  # a stage that learns from labels
        with pytest.raises(InputError, match='0 of which have a label|8 images without labels'):
            built(cfg.train_dataloader)
        return
    train = built(cfg.train_dataloader)
    of_two_classes = 3 + 1 if long_tail else 6
    assert len(train) == (2 if few.get('only') else of_two_classes if labelled else 8)
    views = train[0]['inputs']
    pipeline = cfg.train_dataloader.dataset.pipeline
    recipes = [view for step in pipeline for view in step.get('views', [])]
    if not recipes:  # one image, cut into patches later
        views, recipes = [views], [step for step in pipeline if 'crop' in step]
    assert [tuple(view.shape) for view in views] == [(3, *size_of(view)) for view in recipes]
    assert not cfg.model.data_preprocessor.get('views')
    assert (cfg.val_dataloader is not None) == labelled
    if labelled:
        own_side = 'tiles' in cfg.model or path.stem == 'r50-2x160_400e'  # tests see another size than trains
        if not own_side:
            assert built(cfg.val_dataloader)[0]['inputs'].shape == views[0].shape
        assert built(cfg.val_dataloader).metainfo['classes'] == ('cat', 'dog')
    for hook in cfg.default_hooks.values():
        if hook and hook.type == 'ClusteringHook':
            assert hook.pipeline[0].type == 'LoadImage'


# --- a packed store in place of a folder


def types(cfg):
    hook = cfg.custom_hooks[0].bank_dataloader.dataset
    return {part.type for part in (cfg.train_dataloader.dataset, cfg.val_dataloader.dataset, hook)}


@pytest.mark.parametrize(
    'names',
    [
        [f'{label}/{i}.png' for label in 'ab' for i in range(4)],
        [f'{split}/{label}/{i}.png' for split in ('training', 'test') for label in 'ab' for i in range(3)],
        ['0.png', 'deep/1.png', 'deep/er/2.png'],
    ],
    ids=['classes', 'splits', 'plain'],
)
def test_a_packed_store_is_taken_as_its_folder(names, tmp_path):
    root, store = folder(tmp_path / 'root', *names), str(tmp_path / 'store.tar')
    pack_folder(root, store)
    taken, packed = photo_config(), photo_config()
    if names[0] == '0.png':
        taken.val_dataloader = taken.test_dataloader = packed.val_dataloader = packed.test_dataloader = None
    apply_data_root(taken, root)
    apply_data_root(packed, store)
    told = packed.to_dict()
    assert 'PackedImages' in str(told)
    assert str(told).replace('PackedImages', 'ImageFolder').replace(store, root) == str(taken.to_dict())
    for loader in ('train_dataloader', 'val_dataloader'):
        if packed[loader]:
            one, other = (DATASETS.build(cfg[loader].dataset) for cfg in (taken, packed))
            assert one.get_gt_labels().tolist() == other.get_gt_labels().tolist()
            item, same = one[0], other[0]
            assert str(item['inputs']) == str(same['inputs'])


def test_a_config_for_a_store_takes_another_store_or_a_folder(tmp_path):
    root, store = classes(tmp_path / 'root', 'a', 'b'), str(tmp_path / 'store.tar')
    pack_folder(root, store)
    cfg = photo_config(type='PackedImages', data_root='old.tar', labels='folders', val_fraction=0.5)
    apply_data_root(cfg, store)
    assert (
        cfg.train_dataloader.dataset.data_root == store and cfg.train_dataloader.dataset.val_fraction == 0.5
    )
    apply_data_root(cfg, root)
    assert types(cfg) == {'ImageFolder'}


def test_reindex_is_kept_for_a_folder_only(tmp_path):
    root, store = classes(tmp_path / 'root', 'a', 'b'), str(tmp_path / 'store.tar')
    pack_folder(root, store)
    for source, kept in ((root, True), (store, False)):
        cfg = photo_config()
        cfg.train_dataloader.dataset.reindex = True
        apply_data_root(cfg, source)
        assert ('reindex' in cfg.train_dataloader.dataset) == kept


def test_a_store_that_is_cut_short_is_an_error(tmp_path):
    root, store = classes(tmp_path / 'root', 'a', 'b'), str(tmp_path / 'store.tar')
    pack_folder(root, store)
    Path(store).write_bytes(Path(store).read_bytes()[:-100])
    with pytest.raises(InputError, match='store.tar is cut short'):
        apply_data_root(photo_config(), store)
