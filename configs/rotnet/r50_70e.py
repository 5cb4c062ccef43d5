# RotNet (https://arxiv.org/abs/1803.07728), ImageNet, published linear top-1 47.0. tools/dist_train.sh configs/rotnet/r50_70e.py 8
_base_ = [
    '../_base_/views/geometry.py',
    '../_base_/datasets/imagenet.py',
    '../_base_/schedules/sgd_epoch-step.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(  # 8 devices x 16 images, x 4 turns
    batch_size=16,
    dataset=dict(
        pipeline=[
            dict(type='LoadImage', defer=True),
            dict(type='MultiView', views=_base_.geometry_views[:1]),
            dict(type='PackViews'),
        ]
    ),
)
model = dict(
    type='RotNet',
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    backbone=dict(type='ResNet', depth=50, norm_cfg=dict(type='SyncBN'), zero_init_residual=False),
    head=dict(type='ClassifierHead', in_channels=2048, num_classes=4, init_std=0.01),
)
optim_wrapper = dict(optimizer=dict(lr=0.2))
param_scheduler = [
    dict(type='LinearLR', start_factor=1e-4, by_epoch=True, end=5, convert_to_iter_based=True),
    dict(type='MultiStepLR', by_epoch=True, milestones=[30, 50], gamma=0.1),
]
train_cfg = dict(max_epochs=70)
auto_scale_lr = dict(base_batch_size=128)
