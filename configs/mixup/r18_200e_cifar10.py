# mixup on CIFAR-10: published accuracy 95.8, PreAct ResNet-18. python tools/train.py configs/mixup/r18_200e_cifar10.py
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
    dataset=dict(pipeline=[dict(type='MultiView', views=[view]), dict(type='PackViews')]),
)
model = dict(
    type='Classifier',
    data_preprocessor=dict(
        type='BatchAugmentPreprocessor',
        batch_augments=dict(augments=[dict(type='Mixup', alpha=1.0)]),
        num_classes=10,
        mean=[125.307, 122.961, 113.8575],
        std=[51.5865, 50.847, 51.255],
    ),
    backbone=dict(type='ResNet_CIFAR', depth=18, norm_cfg=dict(type='BN'), zero_init_residual=False),
    head=dict(type='ClassifierHead', in_channels=512, num_classes=10, init_std=0.01),
)
optim_wrapper = dict(optimizer=dict(lr=0.1, weight_decay=1e-4))
param_scheduler = [dict(type='MultiStepLR', by_epoch=True, milestones=[100, 150], gamma=0.1)]
auto_scale_lr = dict(base_batch_size=128)
default_hooks = dict(checkpoint=dict(save_best=None))
