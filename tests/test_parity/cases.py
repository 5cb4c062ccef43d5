"""How each reference is said in mmcl's config; what differs from mmcl's defaults for a reason is explained beside it."""

from dataclasses import dataclass, field
from typing import Callable, Dict, List, Optional, Tuple

from .problem import DIM, EMA, HIDDEN, QUEUE, SETTINGS, STEPS, WIDTH


@dataclass
class Case:
    """A run in mmcl.

    Args:
        name (str): Of the record, and key of ``problem.SETTINGS``.
        model (dict): Config of the learner, without backbone and preprocessor.
        optim_wrapper (dict): Config, without type.
        schedule (list[dict]): Of the learning rate.
        hooks (list[dict]): Custom hooks.
        sizes (tuple): Of the views.
        mixing (dict, optional): Config of what mixes them.
        loss_offset (float): Added to mmcl's loss before it is compared: a constant, which has no gradient.
        as_recorded (callable): Brings tensors into the order of the record.
    """

    name: str
    model: dict
    optim_wrapper: dict
    schedule: List[dict]
    hooks: List[dict] = field(default_factory=list)
    sizes: Tuple[int, ...] = (6, 6)
    mixing: Optional[dict] = None
    loss_offset: float = 0.0
    as_recorded: Callable[[Dict], Dict] = dict


_BN = dict(type='BN')
_MOMENTUM = [dict(type='MomentumHook')]
_PLAIN = dict(
    bias=False, last_bias=False, last_norm='plain'
)  # no biases before a norm, and one without scale and shift at the end


def _optimizer(kind: str, name: str) -> dict:
    kept = ('lr', 'momentum', 'weight_decay', 'eta')
    return dict(optimizer=dict(type=kind, **{k: v for k, v in SETTINGS[name].items() if k in kept}))


def _mlp(in_channels: int, hidden: int, **settings) -> dict:
    widths = dict(in_channels=in_channels, hidden_channels=hidden, out_channels=DIM)
    return dict(type='MLP', **widths, **{'norm_cfg': _BN, **settings})


def _per_iteration(**settings) -> List[dict]:
    return [dict(type='WarmupCosineLR', by_epoch=True, convert_to_iter_based=True, **settings)]


def moco_v1() -> Case:
    """Version 2 with another neck and schedule."""
    s = SETTINGS['moco_v1']
    parts = dict(
        neck=_mlp(WIDTH, WIDTH, num_layers=1),
        head=dict(type='ContrastiveHead', temperature=s['temperature']),
    )
    schedule = [dict(type='MultiStepLR', by_epoch=True, milestones=s['milestones'], gamma=0.1)]
    return Case('moco_v1', {**moco_v2().model, **parts}, _optimizer('SGD', 'moco_v1'), schedule, _MOMENTUM)


def moco_v2() -> Case:
    """Shuffling batch norm is on, on both sides: with one process it is a permutation of the batch, undone afterwards."""
    model = dict(
        type='MoCo',
        neck=_mlp(WIDTH, WIDTH, norm_cfg=None),
        encoder=dict(type='EMAPair', momentum=EMA, shuffle_bn=True),
        memory=dict(type='FeatureQueue', size=QUEUE, dim=DIM),
        negatives=dict(type='QueueNegatives'),
        head=dict(type='ContrastiveHead', temperature=SETTINGS['moco_v2']['temperature']),
    )
    schedule = [dict(type='WarmupCosineLR', by_epoch=True)]
    return Case('moco_v2', model, _optimizer('SGD', 'moco_v2'), schedule, _MOMENTUM)


def moco_v3() -> Case:
    """The authors move the target at the start of a step, mmcl at the end of the one before, by the momentum of then: ``lead=1``."""
    s = SETTINGS['moco_v3']
    model = dict(
        type='MoCoV3',
        neck=_mlp(WIDTH, HIDDEN, **_PLAIN),
        predictor=_mlp(DIM, HIDDEN, bias=False, last_bias=False),
        encoder=dict(type='EMAPair', momentum=EMA, end_momentum=1.0, lead=1),
        negatives=dict(type='BatchNegatives', views='key'),
        head=dict(type='ContrastiveHead', temperature=s['temperature'], loss_weight=2 * s['temperature']),
    )
    schedule = _per_iteration(warmup=s['warmup'])
    return Case('moco_v3', model, _optimizer('LARS', 'moco_v3'), schedule, _MOMENTUM)


def simsiam() -> Case:
    """mmcl's loss is 1 above the paper's and the authors', so that 0 is its least value; the log has theirs as ``pos_sim``."""
    model = dict(
        type='SimSiam',
        neck=_mlp(WIDTH, WIDTH, num_layers=3, **_PLAIN),
        predictor=_mlp(DIM, HIDDEN, bias=False),
        encoder=dict(type='StopGradPair'),
        head=dict(type='LatentHead', loss_weight=0.5),
    )
    optim_wrapper = dict(
        _optimizer('SGD', 'simsiam'), paramwise_cfg=dict(custom_keys={'predictor': dict(fixed_lr=True)})
    )
    schedule = [dict(type='WarmupCosineLR', by_epoch=True)]
    return Case('simsiam', model, optim_wrapper, schedule, loss_offset=-1.0)


def simclr() -> Case:
    """Two switches undo what mmcl does otherwise.

    The paper's loss is the mean over all 2B anchors, the authors' code adds the means of both directions: ``loss_weight=2``. Their LARS
    has the learning rate inside its buffer, mmcl's, as that of BYOL, MoCo v3 and VICReg, outside: ``lr_in_buffer``.
    """
    s = SETTINGS['simclr']
    model = dict(
        type='SimCLR',
        neck=_mlp(WIDTH, HIDDEN, bias=False, last_bias=False, last_norm='scale'),
        encoder=dict(type='SharedPair'),
        negatives=dict(type='BatchNegatives'),
        head=dict(type='ContrastiveHead', temperature=s['temperature'], loss_weight=2.0),
    )
    optim_wrapper = _optimizer('LARS', 'simclr')
    optim_wrapper['optimizer']['lr_in_buffer'] = True
    return Case('simclr', model, optim_wrapper, _per_iteration(warmup=s['warmup']))


def hcl() -> Case:
    """The authors send each view through the network on its own (``joint=False``) and keep Adam's rate constant."""
    s = SETTINGS['hcl']
    model = dict(
        type='SimCLR',
        neck=_mlp(WIDTH, HIDDEN, bias=False),
        encoder=dict(type='SharedPair', joint=False),
        negatives=dict(type='BatchNegatives'),
        head=dict(type='HardNegativeHead', temperature=s['temperature'], beta=s['beta'], debias=s['debias']),
    )
    return Case('hcl', model, _optimizer('Adam', 'hcl'), [])


def byol() -> Case:
    """As the authors' JAX code does it; their classifier, trained beside the rest without gradient to it, is left out."""
    model = dict(
        type='BYOL',
        neck=_mlp(WIDTH, HIDDEN, last_bias=False),
        predictor=_mlp(DIM, HIDDEN, last_bias=False),
        encoder=dict(type='EMAPair', momentum=EMA, end_momentum=1.0),
        head=dict(type='LatentHead'),
    )
    warmup = SETTINGS['byol']['warmup_steps']
    schedule = [dict(type='WarmupCosineLR', by_epoch=False, warmup=warmup, end=STEPS)]
    return Case('byol', model, _optimizer('LARS', 'byol'), schedule, _MOMENTUM)


def vicreg() -> Case:
    """With the weights and means of the authors' code, which are mmcl's too."""
    s = SETTINGS['vicreg']
    model = dict(
        type='VICReg',
        neck=_mlp(WIDTH, HIDDEN, num_layers=3, last_bias=False),
        encoder=dict(type='SharedPair', joint=False, normalize=False),
        head=dict(type='VICRegHead'),
    )
    schedule = _per_iteration(warmup=s['warmup'], end_lr=s['lr'] * 0.001)
    return Case('vicreg', model, _optimizer('LARS', 'vicreg'), schedule)


def swav() -> Case:
    """The authors' warm-up reaches its peak with its last step, where mmcl's others do with the step after: ``endpoint``."""
    s = SETTINGS['swav']
    head = {name: s[name] for name in ('num_prototypes', 'temperature', 'epsilon', 'num_iters')}
    model = dict(
        type='SwAV',
        neck=_mlp(WIDTH, HIDDEN),
        encoder=dict(type='SharedPair'),
        head=dict(type='PrototypeHead', in_channels=DIM, **head),
        memory=dict(type='CodeQueue', size=QUEUE, dim=DIM, start_epoch=s['queue_from']),
        num_views=len(s['sizes']),
    )
    schedule = _per_iteration(warmup=s['warmup'], start_lr=s['start_lr'], end_lr=s['end_lr'], endpoint=True)
    hooks = [dict(type='FreezeHook', modules=['head.prototypes'], iters=s['freeze'])]

    def oldest_first(state: Dict) -> Dict:
        others = {name: tensor for name, tensor in state.items() if name != 'written'}
        return dict(others, queue=state['queue'].roll(-int(state['written']), dims=1))

    return Case(
        'swav',
        model,
        _optimizer('LARC', 'swav'),
        schedule,
        hooks,
        sizes=tuple(s['sizes']),
        as_recorded=oldest_first,
    )


def pcl() -> Case:
    """The prototypes of the step's other images are negatives too, and twice where two share one, as in the authors' code.

    All other prototypes are taken, so that nothing is drawn; clusters are given.
    """
    s, base = SETTINGS['pcl'], moco_v2().model
    head = dict(type='ContrastiveHead', temperature=s['temperature'])
    clusters = dict(type='ClusterMemory', num_clusters=s['clusters'])
    model = dict(base, type='PCL', head=head, proto_head=head, clusters=clusters, num_negatives=None)
    schedule = [dict(type='WarmupCosineLR', by_epoch=True)]
    hooks = [*_MOMENTUM, dict(type='GivenClusters', sizes=s['clusters'], warmup=s['warmup'])]
    return Case('pcl', model, _optimizer('SGD', 'pcl'), schedule, hooks)


def hcsc(name: str = 'hcsc', **settings) -> Case:
    """With the authors' masks, which leave a logit of 0; clusters are given, and draws are the problem's.

    Their code never takes a level's last prototype as a negative; here an image of every step is in its cluster.
    """
    s, base = SETTINGS[name], moco_v2().model
    head = dict(type='ZeroMaskHead', temperature=s['temperature'])
    clusters = dict(type='ClusterTree', num_clusters=s['clusters'])
    model = dict(base, type='HCSC', head=head, proto_head=head, clusters=clusters, **settings)
    schedule = [dict(type='WarmupCosineLR', by_epoch=True)]
    given = dict(type='GivenClusters', sizes=s['clusters'], warmup=s['warmup'], tree=True)
    sizes = tuple(s.get('sizes', (6, 6)))
    return Case(name, model, _optimizer('SGD', name), schedule, [*_MOMENTUM, given], sizes)


def hcsc_multicrop() -> Case:
    """Two further crops as queries for the same key."""
    return hcsc('hcsc_multicrop', pairs=[(0, 1), (2, 1), (3, 1)])


def mice() -> Case:
    """From the authors' epoch 1 on: their epoch 0 has a rate of 0. They keep a replaced prototype's momentum: ``keep_momentum``."""
    s = SETTINGS['mice']
    experts = dict(num_experts=s['experts'])
    model = dict(
        type='MiCE',
        neck=dict(type='ExpertsNeck', in_channels=WIDTH, out_channels=DIM, **experts),
        encoder=dict(type='GatedPair', momentum=EMA),
        memory=dict(type='ExpertQueue', size=QUEUE, dim=DIM, **experts),
        head=dict(type='MixtureHead', in_channels=DIM, **experts),
    )
    schedule = [
        dict(type='LinearLR', by_epoch=True, start_factor=1 / s['warmup'], end=s['warmup']),
        dict(type='MultiStepLR', by_epoch=True, milestones=s['milestones'], gamma=s['gamma']),
    ]

    def experts_first(state: Dict) -> Dict:
        return dict(state, queue=state['queue'].transpose(1, 2))

    hooks = [*_MOMENTUM, dict(type='ExpertHook', keep_momentum=True)]
    return Case(
        'mice', model, _optimizer('SGD', 'mice'), schedule, hooks, sizes=(6, 6, 6), as_recorded=experts_first
    )


def _imix(name: str, model: dict, hooks: List[dict]) -> Case:
    """On another method; permutations and shares are the problem's on both sides, since no two generators draw alike."""
    s = SETTINGS[name]
    iterations = s['warmup'] * STEPS // s['epochs']
    schedule = [
        dict(type='LinearLR', by_epoch=False, start_factor=1 / iterations, end=iterations),
        dict(type='MultiStepLR', by_epoch=True, milestones=s['milestones'], gamma=s['gamma']),
    ]
    mixed = dict(model, pairs=[(2, 1)], positives=dict(type='MixedPositives'))
    return Case(
        name, mixed, _optimizer('SGD', name), schedule, hooks, mixing=dict(type='MixupViews', alpha=1.0)
    )


def imix_simclr() -> Case:
    """N-pair: the keys of the batch alone, in one direction, mixed and clean views in one forward pass."""
    model = dict(
        type='SimCLR',
        neck=_mlp(WIDTH, WIDTH, last_norm='full'),
        encoder=dict(type='SharedPair'),
        negatives=dict(type='BatchNegatives', views='key'),
        head=dict(type='ContrastiveHead', temperature=SETTINGS['imix_simclr']['temperature']),
    )
    return _imix('imix_simclr', model, [])


def imix_moco() -> Case:
    """The keys of the batch are candidates beside the queue, or the other image of a mixed one would be missing."""
    model = dict(
        type='MoCo',
        neck=_mlp(WIDTH, WIDTH),
        encoder=dict(type='EMAPair', momentum=EMA),
        memory=dict(type='FeatureQueue', size=QUEUE, dim=DIM),
        negatives=[dict(type='QueueNegatives'), dict(type='BatchNegatives', views='key')],
        head=dict(type='ContrastiveHead', temperature=SETTINGS['imix_moco']['temperature']),
    )
    return _imix('imix_moco', model, _MOMENTUM)


def imix_byol() -> Case:
    """One direction, and a target of constant momentum."""
    model = dict(
        type='BYOL',
        neck=_mlp(WIDTH, WIDTH),
        predictor=_mlp(DIM, WIDTH),
        encoder=dict(type='EMAPair', momentum=EMA),
        head=dict(type='LatentHead'),
    )
    return _imix('imix_byol', model, _MOMENTUM)


def supcon() -> Case:
    """The authors multiply the loss by temperature / 0.07; their schedule in steps, since their cosine is an epoch ahead of mmcl's."""
    s = SETTINGS['supcon']
    model = dict(
        type='SimCLR',
        neck=_mlp(WIDTH, WIDTH, norm_cfg=None),
        encoder=dict(type='SharedPair'),
        negatives=[dict(type='BatchNegatives'), dict(type='ClassPositives')],
        head=dict(type='SupConHead', temperature=s['temperature'], loss_weight=s['temperature'] / 0.07),
    )
    warmup = s['warmup'] * STEPS // s['epochs']
    schedule = [
        dict(type='WarmupCosineLR', by_epoch=False, warmup=warmup, end=warmup + 1, start_lr=s['start_lr']),
        dict(type='MultiStepLR', by_epoch=True, milestones=s['milestones'], gamma=s['gamma']),
    ]
    return Case('supcon', model, _optimizer('SGD', 'supcon'), schedule)


def kcl() -> Case:
    """All keys of the class are positives: which k of them the authors take, their sorting decides."""
    model = dict(
        moco_v1().model,
        memory=dict(type='LabelledQueue', size=QUEUE, dim=DIM),
        negatives=[dict(type='QueueNegatives'), dict(type='ClassPositives', sources=['queue'])],
        head=dict(type='SupConHead', temperature=SETTINGS['kcl']['temperature']),
    )
    schedule = [dict(type='WarmupCosineLR', by_epoch=True)]
    return Case('kcl', model, _optimizer('SGD', 'kcl'), schedule, _MOMENTUM)


def tsc() -> Case:
    """Centroids wait for the targets (``warm=False``), and the loss is that of the code, as theirs; the keys drawn are the problem's."""
    s = SETTINGS['tsc']
    targets = dict(num_classes=s['num_classes'], dim=DIM, start_epoch=s['start'], warm=False)
    model = dict(
        kcl().model,
        type='TSC',
        neck=_mlp(WIDTH, WIDTH, norm_cfg=None),
        negatives=[
            dict(type='QueueNegatives'),
            dict(type='ClassPositives', sources=['queue'], num=s['num']),
        ],
        targets=dict(type='ClassTargets', **targets),
        target_weight=s['target_weight'],
        form='code',
    )
    halves = ((0, s['start']), (s['start'], s['epochs']))
    schedule = [dict(type='WarmupCosineLR', by_epoch=True, begin=begin, end=end) for begin, end in halves]
    hooks = [*_MOMENTUM, dict(type='ResetOptimizerHook', epochs=[s['start']])]

    def without_bookkeeping(state: Dict) -> Dict:
        return {name: tensor for name, tensor in state.items() if name not in ('made', 'assignment')}

    return Case('tsc', model, _optimizer('SGD', 'tsc'), schedule, hooks, as_recorded=without_bookkeeping)


_MAKERS = (
    moco_v1,
    moco_v2,
    moco_v3,
    simsiam,
    simclr,
    hcl,
    byol,
    vicreg,
    swav,
    supcon,
    kcl,
    tsc,
    pcl,
    hcsc,
    hcsc_multicrop,
    mice,
    imix_simclr,
    imix_moco,
    imix_byol,
)
CASES = {make.__name__: make for make in _MAKERS}
