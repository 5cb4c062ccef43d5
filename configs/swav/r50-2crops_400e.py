# SwAV (https://arxiv.org/abs/2006.09882), without small crops, linear top-1 70.1. tools/dist_train.sh configs/swav/r50-2crops_400e.py 64
_base_ = ['./r50_200e.py']

large = dict(_base_.large, crop_scale=(0.08, 1.0))
train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type='LoadImage', defer=True),
            dict(type='MultiView', views=[large, large]),
            dict(type='PackViews'),
        ]
    )
)
model = dict(num_views=2)
train_cfg = dict(max_epochs=400)
