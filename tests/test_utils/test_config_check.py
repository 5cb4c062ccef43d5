import copy
from pathlib import Path

import pytest
from mmengine.config import Config, ConfigDict
from torch import nn

from mmcl.registry import HOOKS
from mmcl.utils.config_check import check_config, check_custom_keys
from mmcl.utils.errors import InputError
from mmcl.utils.signature import arguments_of

ROOT = Path(__file__).parents[2]
CONFIGS = sorted(path for path in (ROOT / 'configs').rglob('*.py') if '_base_' not in path.parts)
CHANGED = [
    ROOT / 'configs' / name for name in ('pcl/r50_200e.py', 'byol/r18w16_3e_fmnist.py', 'simclr/r50_100e.py')
]


def config(**keys):
    """A whole config of MMPretrain's and MMEngine's own classes."""
    loader = dict(
        batch_size=2,
        num_workers=0,
        sampler=dict(type='DefaultSampler', shuffle=True),
        dataset=dict(
            type='ImageFolder', data_root='data', pipeline=[dict(type='LoadImage'), dict(type='PackViews')]
        ),
    )
    cfg = dict(
        default_scope='mmcl',
        model=dict(
            type='ImageClassifier',
            backbone=dict(type='ResNet', depth=18, norm_cfg=dict(type='BN', requires_grad=True)),
            head=dict(
                type='LinearClsHead', num_classes=2, in_channels=512, loss=dict(type='CrossEntropyLoss')
            ),
        ),
        train_dataloader=loader,
        train_cfg=dict(by_epoch=True, max_epochs=1),
        optim_wrapper=dict(
            optimizer=dict(type='SGD', lr=0.1, momentum=0.9),
            clip_grad=dict(max_norm=1.0),
            paramwise_cfg=dict(norm_decay_mult=0.0, custom_keys={'head': dict(lr_mult=10, a_mark=True)}),
        ),
        param_scheduler=[dict(type='CosineAnnealingLR', T_max=1, by_epoch=True, convert_to_iter_based=True)],
        default_hooks=dict(logger=dict(type='LoggerHook', interval=1), timer=None),
        custom_hooks=[dict(type='SyncBuffersHook', priority='NORMAL'), dict(type='KNNHook', max_bank=9)],
        env_cfg=dict(cudnn_benchmark=False, mp_cfg=dict(mp_start_method='fork')),
        randomness=dict(seed=0),
        auto_scale_lr=dict(base_batch_size=256),
        log_level='INFO',
        load_from=None,
        a_name_of_its_own=dict(type='Nothing', that='is read'),
    )
    return Config({**cfg, **keys})


def changed(path, value):
    """The config with one value at a dotted path; ... removes the key."""
    cfg = config()
    node, steps = cfg._cfg_dict, path.split('.')
    for step in steps[:-1]:
        node = node[int(step)] if step.isdecimal() else node[step]
    if value is ...:
        del node[steps[-1]]
    else:
        node[steps[-1]] = value
    return cfg


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.relative_to(ROOT / 'configs').as_posix())
def test_every_shipped_config_passes(path):
    check_config(Config.fromfile(path))


def test_whole_config_passes_and_is_not_changed():
    cfg = config()
    before = copy.deepcopy(cfg.to_dict())
    check_config(cfg)
    assert cfg.to_dict() == before


@pytest.mark.parametrize(
    'path, value, words',
    [
        # names
        ('model.type', 'ImageClasifier', ["'ImageClasifier'", "'ImageClassifier'"]),
        ('model.backbone.type', 'resnet', ['model.backbone', "'resnet'", "'ResNet'"]),
        ('model.backbone.type', 'SGD', ["'SGD'", 'optimizer']),
        ('model.head.loss.type', 'CrossEntropyLos', ["'CrossEntropyLoss'"]),
        ('train_dataloader.dataset.type', 'ImageFolders', ['train_dataloader.dataset', "'ImageFolder'"]),
        ('train_dataloader.dataset.pipeline.0.type', 'LoadImag', ['pipeline.0', "'LoadImage'"]),
        ('train_dataloader.sampler.type', 'DefaultSampl', ["'DefaultSampler'"]),
        ('optim_wrapper.optimizer.type', 'SDG', ["'SDG'", "'SGD'"]),
        ('optim_wrapper.type', 'OptimWraper', ["'OptimWrapper'"]),
        ('optim_wrapper.constructor', 'NoConstructor', ["'NoConstructor'"]),
        ('param_scheduler.0.type', 'CosineAnealingLR', ["'CosineAnnealingLR'"]),
        ('custom_hooks.0.type', 'SyncBuferHook', ["'SyncBuffersHook'"]),
        ('train_cfg', dict(type='EpochBasedLoop', max_epochs=1), ["'EpochBasedTrainLoop'"]),
        ('model.type', 3, ['type=3']),
        # arguments
        ('model.backbon', dict(type='ResNet'), ["'backbone'"]),
        ('model.backbone.deep', 50, ['deep=50', "'depth'", 'ResNet']),
        ('model.backbone.norm_cfg.epsilon', 1e-3, ["'eps'"]),
        ('model.backbone.depth', ..., ['no depth', 'ResNet']),
        ('model.head.num_class', 2, ["'num_classes'"]),
        ('train_dataloader.dataset.data_rot', 'x', ["'data_root'"]),
        ('train_dataloader.dataset.pipeline.1.to_float', True, ['to_float', 'no arguments']),
        ('train_dataloader.batchsize', 3, ["'batch_size'"]),
        ('train_dataloader.sampler', ..., ['no sampler']),
        ('train_dataloader.batch_size', ..., ['no batch_size']),
        ('optim_wrapper.optimizer.momentun', 0.9, ["'momentum'"]),
        ('optim_wrapper.optimiser', dict(type='SGD'), ["'optimizer'"]),
        ('optim_wrapper.accumulative_count', 2, ["'accumulative_counts'"]),
        ('optim_wrapper.clip_grad.max_nrm', 1, ["'max_norm'"]),
        ('optim_wrapper.clip_grad.type', 'norms', ["'norm' or 'value'"]),
        ('optim_wrapper.paramwise_cfg.norm_decay', 0, ["'norm_decay_mult'"]),
        ('optim_wrapper.paramwise_cfg.custom_keys.head.lr_mul', 2, ["'lr_mult'"]),
        ('param_scheduler.0.T_maxx', 2, ["'T_max'"]),
        ('custom_hooks.1.maxbank', 1, ["'max_bank'"]),
        ('default_hooks.logger.intervall', 1, ["'interval'"]),
        ('default_hooks.checkpont', dict(interval=3), ["'checkpoint'"]),
        ('default_hooks.mine', dict(interval=3), ['no type']),
        ('train_cfg.max_epoch', 3, ["'max_epochs'"]),
        ('train_cfg.by_epoch', ..., ['no type']),
        ('env_cfg.cudnn_benchmarks', True, ["'cudnn_benchmark'"]),
        ('env_cfg.mp_cfg.start_method', 'fork', ["'mp_start_method'"]),
        ('env_cfg.dist_cfg', dict(time_out=9), ["'timeout'"]),
        ('randomness.sed', 1, ["'seed'"]),
        ('auto_scale_lr.batch_size', 1, ["'base_batch_size'"]),
        ('auto_scale_lr.base_batch_size', ..., ['no base_batch_size']),
        # the runner's keys
        ('optim_wraper', dict(), ["'optim_wraper'", "'optim_wrapper'"]),
        ('param_schduler', [], ["'param_scheduler'"]),
        ('custom_hook', [], ["'custom_hooks'"]),
        ('model', ..., ['no model']),
        ('train_cfg', ..., ['train_dataloader and optim_wrapper, but no train_cfg']),
        ('val_cfg', dict(), ['no val_dataloader and no val_evaluator']),
        # values
        ('train_cfg.max_epochs', '3', ["'3'", 'whole number']),
        ('train_cfg.max_epochs', 0, ['at least 1']),
        ('train_dataloader.batch_size', -4, ['-4', 'at least 1']),
        ('train_dataloader.batch_size', True, ['True', 'whole number']),
        ('train_dataloader.num_workers', 1.5, ['1.5']),
        ('train_dataloader.drop_last', 'yes', ["'yes'", 'True or False']),
        ('train_dataloader.persistent_workers', True, ['persistent_workers', 'num_workers']),
        ('train_dataloader.dataset.data_root', 3, ['3', 'a string']),
        ('train_dataloader.dataset.check_headers', 'no', ["'no'", 'True or False']),
        ('train_dataloader.dataset', 'data/images', ["'data/images'", 'dict(type=']),
        ('optim_wrapper.optimizer.lr', 'fast', ["'fast'", 'a number']),
        ('optim_wrapper.paramwise_cfg.norm_decay_mult', 'none', ["'none'", 'a number']),
        ('optim_wrapper.paramwise_cfg.custom_keys.head.lr_mult', 'none', ["'none'", 'a number']),
        ('randomness.seed', -1, ['-1']),
        ('randomness.deterministic', 'yes', ["'yes'"]),
        ('auto_scale_lr.base_batch_size', 'all', ["'all'"]),
        ('log_level', 'LOUD', ["'LOUD'", 'INFO']),
        ('resume', 'yes', ["'yes'", 'True or False']),
        ('env_cfg', 3, ['a dict']),
    ],
)
def test_mistake_is_an_error_that_says_what_was_meant(path, value, words):
    with pytest.raises(InputError) as error:
        check_config(changed(path, value))
    assert all(word in str(error.value) for word in words), str(error.value)


@pytest.mark.parametrize(
    'path, value',
    [
        ('train_pipeline', [dict(type='Whatever')]),
        ('views', []),
        ('data_root', 'x'),
        ('test_pipeline', []),
        ('optim_wrapper.optimizer.lr', 1),
        ('optim_wrapper.clip_grad', dict(type='value', clip_value=1.0)),
        ('train_cfg', dict(by_epoch=False, max_iters=3)),
        (
            'model.backbone.init_cfg',
            [dict(type='Kaiming', layer='Conv2d', override=dict(type='Constant', name='fc', val=0.0))],
        ),
        ('model.backbone.type', 'mmpretrain.ResNet'),
        ('model._scope_', 'mmpretrain'),
        ('model.head.loss', dict(type=nn.CrossEntropyLoss)),
        ('model.train_cfg', dict(augments=[dict(type='MixupViews', alpha=0.8)])),
        ('param_scheduler', None),
        ('train_dataloader.dataset.metainfo', dict(type='anything', classes=['a'])),
        ('train_dataloader.collate_fn', dict(type='default_collate')),
    ],
)
def test_what_is_fine_passes(path, value):
    check_config(changed(path, value))


def test_message_names_the_config_file(tmp_path):
    file = tmp_path / 'mine.py'
    file.write_text("model = dict(type='MoCoo')\n")
    with pytest.raises(InputError, match=str(file)):
        check_config(Config.fromfile(file))


def test_type_of_another_scope_is_looked_up_there():
    cfg = config(default_scope='mmpretrain', custom_hooks=[])
    cfg.train_dataloader.dataset = dict(
        type='CustomDataset', data_root='x', pipeline=[dict(type='LoadImageFromFile')]
    )
    check_config(cfg)
    cfg.train_dataloader.dataset.pipeline = [
        dict(type='MultiView', num_views=2, transforms=[[dict(type='RandomFlip')]])
    ]
    check_config(cfg)
    cfg.default_scope = 'mmcl'
    with pytest.raises(InputError, match='num_views'):
        check_config(cfg)


def typed(value, path=()):
    """Paths of all dicts with a type."""
    if isinstance(value, dict):
        if 'type' in value:
            yield path
        items = value.items()
    else:
        items = enumerate(value) if isinstance(value, (list, tuple)) else ()
    for name, item in items:
        yield from typed(item, (*path, name))


READ = ('model', 'train_dataloader', 'val_dataloader', 'optim_wrapper', 'param_scheduler', 'default_hooks', 'custom_hooks',
        'train_cfg', 'val_evaluator', 'visualizer', 'log_processor')  # fmt: skip


@pytest.mark.parametrize('file', CHANGED, ids=lambda path: path.parent.name)
def test_no_part_of_a_config_is_out_of_reach(file):
    whole = Config.fromfile(file)
    paths = [path for name in READ for path in typed(whole.get(name), (name,))]
    assert len(paths) > 20
    for path in paths:
        cfg = copy.deepcopy(whole)
        node = cfg._cfg_dict
        for step in path:
            node = node[step]
        node['no_such_argument'] = 1
        with pytest.raises(InputError, match='no_such_argument'):
            check_config(cfg)
        del node['no_such_argument']
        node['type'] = 'NoSuchClassAnywhere'
        with pytest.raises(InputError, match='NoSuchClassAnywhere'):
            check_config(cfg)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.ModuleDict(dict(conv1=nn.Conv2d(3, 4, 1), bn=nn.BatchNorm2d(4)))


@pytest.mark.parametrize('key', ['backbone', 'bn', 'conv1.weight', 'backbone.bn'])
def test_custom_key_that_is_in_a_name_passes(key):
    check_custom_keys(
        Config(dict(optim_wrapper=dict(paramwise_cfg=dict(custom_keys={key: dict(lr_mult=0)})))), Model()
    )


def test_custom_key_that_matches_no_parameter_is_an_error_with_near_matches():
    cfg = Config(dict(optim_wrapper=dict(paramwise_cfg=dict(custom_keys={'backbon.': dict(lr_mult=0)}))))
    with pytest.raises(InputError, match="'backbon.'.*'backbone'"):
        check_custom_keys(cfg, nn.DataParallel(Model()))


def test_arguments_follow_kwargs_to_the_bases_minus_what_is_filled_in():
    class Base:
        def __init__(self, first, second, third: int = 3, fourth=4):
            pass

    class Middle(Base):
        def __init__(self, own, *args, **kwargs):
            kwargs.pop('popped', None)
            super().__init__(own, *args, fourth=5, **kwargs)

    class Leaf(Middle):
        pass

    taken = arguments_of(Leaf)
    assert set(taken.known) == {'own', 'second', 'third', 'popped'} and not taken.anything
    assert taken.required == ['own', 'second']


def test_kwargs_that_go_elsewhere_make_every_argument_possible():
    class Wrapper(nn.Module):
        def __init__(self, name, **kwargs):
            super().__init__()
            self.built = dict(**kwargs)

    class Silent(nn.Module):
        def __init__(self, name, **kwargs):
            super().__init__(**kwargs)

    assert arguments_of(Wrapper).anything
    assert not arguments_of(Silent).anything and list(arguments_of(Silent).known) == ['name']


class Part(nn.Module):
    __module__ = 'mmcl.models'  # mmcl's annotations are exact

    def __init__(
        self,
        width: int,
        ratio: float = 1.0,
        names: 'list[str] | None' = None,
        flag: bool = False,
        text: str = '',
    ):
        super().__init__()


@pytest.mark.parametrize(
    'argument, value, fits',
    [
        ('width', 4.0, True),
        ('width', 4.5, False),
        ('width', '4', False),
        ('width', True, False),
        ('width', None, True),
        ('ratio', 1, True),
        ('ratio', '1', False),
        ('ratio', True, False),
        ('names', ('a',), True),
        ('names', 'a', False),
        ('flag', 1, True),
        ('flag', 2, False),
        ('flag', 'True', False),
        ('text', 1, False),
        ('text', dict(a=1), False),
    ],
)
def test_plain_annotations_are_judged(argument, value, fits):
    cfg = config(model=ConfigDict({'type': Part, 'width': 1, argument: value}))
    if fits:
        check_config(cfg)
    else:
        with pytest.raises(InputError, match=f'model.{argument}'):
            check_config(cfg)


def test_every_registered_hook_of_mmcl_has_readable_arguments():
    HOOKS.import_from_location()
    assert not [name for name, kind in HOOKS.module_dict.items() if arguments_of(kind).anything]
