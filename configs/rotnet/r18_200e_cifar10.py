# RotNet on CIFAR-10, the authors' recipe on another network. python tools/train.py configs/rotnet/r18_200e_cifar10.py
_base_ = [
    '../_base_/datasets/cifar10.py',
    '../_base_/schedules/sgd_epoch-step.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

shifted = dict(
    type='Compose',
    transforms=[dict(type='RandomCrop', crop_size=32, padding=4), dict(type='RandomFlip', prob=0.5)],
)
train_dataloader = dict(  # 128 images, x 4 turns
    batch_size=128,
    num_workers=2,
    persistent_workers=True,
    dataset=dict(pipeline=[dict(type='MultiView', views=[shifted]), dict(type='PackViews')]),
)
model = dict(
    type='RotNet',
    data_preprocessor=dict(mean=[125.3, 123.0, 113.9], std=[63.0, 62.1, 66.7]),
    backbone=dict(type='ResNet_CIFAR', depth=18, norm_cfg=dict(type='BN'), zero_init_residual=False),
    head=dict(type='ClassifierHead', in_channels=512, num_classes=4, init_std=0.01),
)
optim_wrapper = dict(optimizer=dict(lr=0.1, nesterov=True, weight_decay=5e-4))
param_scheduler = [dict(type='MultiStepLR', by_epoch=True, milestones=[60, 120, 160], gamma=0.2)]
auto_scale_lr = dict(base_batch_size=128)
