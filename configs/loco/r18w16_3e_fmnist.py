# LoCo (https://arxiv.org/abs/2008.01342) under protocol FM. python tools/train.py configs/loco/r18w16_3e_fmnist.py
_base_ = ['../simclr/r18w16_3e_fmnist.py']

neck = dict(type='MLP', hidden_channels=512, out_channels=128)
model = dict(
    type='LoCo',
    backbone=dict(type='LocalResNet_CIFAR', units=[(0, 1), (1, 2), (2, 3)]),
    neck=dict(
        _delete_=True,
        type='SpaceNecks',
        necks=[dict(in_channels=32, **neck), dict(in_channels=64, **neck), dict(in_channels=128, **neck)],
    ),
)
