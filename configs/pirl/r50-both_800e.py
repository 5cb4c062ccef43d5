# PIRL, tiles and rotation (https://arxiv.org/abs/1912.01991), ImageNet, linear 63.1. tools/dist_train.sh configs/pirl/r50-both_800e.py 32
_base_ = ['./r50_800e.py']

train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type='LoadImage', defer=True),
            dict(type='MultiView', views=[_base_.image, _base_.puzzle, _base_.image]),
            dict(type='PackViews'),
        ]
    )
)
linear = dict(type='MLP', in_channels=2048, hidden_channels=2048, out_channels=128, num_layers=1)
model = dict(
    pretext=[
        dict(type='ShuffledTiles', grid=3, size=64, colour=_base_.tile_colour),
        dict(type='RandomRotation'),
    ],
    pretext_neck=[
        dict(type='TileNeck', tile=linear, out_channels=128),
        dict(type='TileNeck', tile=linear, num_tiles=1),
    ],
    branch_weight=2 / 3,  # the three losses weigh the same
)
