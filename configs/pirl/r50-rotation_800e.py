# PIRL, rotation (https://arxiv.org/abs/1912.01991), ImageNet, linear 60.2. tools/dist_train.sh configs/pirl/r50-rotation_800e.py 32
_base_ = ['./r50_800e.py']

train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type='LoadImage', defer=True),
            dict(type='MultiView', views=[_base_.image, _base_.image]),
            dict(type='PackViews'),
        ]
    )
)
model = dict(
    pretext=dict(_delete_=True, type='RandomRotation'),
    pretext_neck=dict(
        _delete_=True,
        type='TileNeck',
        tile=dict(type='MLP', in_channels=2048, hidden_channels=2048, out_channels=128, num_layers=1),
        num_tiles=1,
    ),
)
