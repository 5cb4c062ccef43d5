# SimCLR v2 (https://arxiv.org/abs/2006.10029), with its memory, FM. python tools/train.py configs/simclrv2/r18w16-memory_3e_fmnist.py
_base_ = ['./r18w16_3e_fmnist.py']

model = dict(
    type='MoCo',
    encoder=dict(_delete_=True, type='EMAPair', momentum=0.99),
    pairs=[(0, 1), (1, 0)],
    memory=dict(type='FeatureQueue', size=4096, dim=128),
    negatives=[dict(type='BatchNegatives'), dict(type='QueueNegatives')],
)
default_hooks = dict(momentum=dict(type='MomentumHook'))
