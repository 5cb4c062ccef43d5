# Cross-entropy on CIFAR-10-LT, imbalance 100: published 70.4. python tools/train.py configs/cross_entropy/r32_200e_cifar10_lt.py
_base_ = [
    '../_base_/datasets/cifar10.py',
    '../_base_/schedules/sgd_epoch-step.py',
    '../_base_/accuracy.py',
    '../_base_/default_runtime.py',
]

view = dict(
    type='Compose',
    transforms=[
        dict(type='RandomCrop', crop_size=32, padding=4),
        dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    ],
)
train_dataloader = dict(
    batch_size=128,
    dataset=dict(
        long_tail=dict(imbalance=100),  # 12,406 images
        pipeline=[dict(type='MultiView', views=[view]), dict(type='PackViews')],
    ),
)
model = dict(
    type='Classifier',
    data_preprocessor=dict(mean=[125.307, 122.961, 113.8575], std=[51.5865, 50.847, 51.255]),
    backbone=dict(type='ThinResNet', depth=32, norm_cfg=dict(type='BN'), zero_init_residual=False),
    head=dict(type='ClassifierHead', in_channels=64, num_classes=10, init_std=0.01),
)
optim_wrapper = dict(optimizer=dict(lr=0.1, weight_decay=2e-4))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.2, by_epoch=True, end=5),
    dict(type='MultiStepLR', by_epoch=True, milestones=[160, 180], gamma=0.01),
]
auto_scale_lr = dict(base_batch_size=128)
val_evaluator = dict(shots=(200, 1000))
test_evaluator = val_evaluator
custom_hooks = [dict(type='ClassCountHook')]
train_cfg = dict(max_epochs=200)
default_hooks = dict(checkpoint=dict(save_best=None))
