# PIRL, tiles and rotation (https://arxiv.org/abs/1912.01991), FM. python tools/train.py configs/pirl/r18w16-both_3e_fmnist.py
_base_ = ['../npid/r18w16_3e_fmnist.py']

image = _base_.views[0]
linear = dict(type='MLP', in_channels=128, hidden_channels=128, out_channels=128, num_layers=1)
model = dict(
    type='PIRL',
    data_preprocessor=dict(
        views=[image, dict(type='RandomView', size=42, crop_scale=(0.6, 1.0), flip_prob=0.0), image]
    ),
    pretext=[
        dict(type='ShuffledTiles', grid=3, size=12, colour=dict(jitter=(0.4, 0.4, 0.4, 0.1))),
        dict(type='RandomRotation'),
    ],
    pretext_neck=[
        dict(type='TileNeck', tile=linear, out_channels=128),
        dict(type='TileNeck', tile=linear, num_tiles=1),
    ],
    branch_weight=2 / 3,  # the three losses weigh the same
    encoder=dict(type='PiecesPair'),
)
