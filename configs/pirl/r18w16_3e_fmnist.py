# PIRL (https://arxiv.org/abs/1912.01991) under protocol FM. python tools/train.py configs/pirl/r18w16_3e_fmnist.py
_base_ = ['../npid/r18w16_3e_fmnist.py']

image = _base_.views[0]
model = dict(
    type='PIRL',
    data_preprocessor=dict(
        views=[image, dict(type='RandomView', size=42, crop_scale=(0.6, 1.0), flip_prob=0.0)]
    ),
    pretext=dict(type='ShuffledTiles', grid=3, size=12, colour=dict(jitter=(0.4, 0.4, 0.4, 0.1))),
    pretext_neck=dict(
        type='TileNeck',
        tile=dict(type='MLP', in_channels=128, hidden_channels=128, out_channels=128, num_layers=1),
        out_channels=128,
    ),
    encoder=dict(type='PiecesPair'),
)
