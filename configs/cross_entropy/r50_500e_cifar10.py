# Cross-entropy on CIFAR-10, SupCon's baseline: published 95.0. python tools/train.py configs/cross_entropy/r50_500e_cifar10.py
_base_ = [
    '../_base_/datasets/cifar10.py',
    '../_base_/schedules/sgd_epoch-cosine.py',
    '../_base_/accuracy.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(batch_size=1024)
model = dict(
    type='Classifier',
    data_preprocessor=dict(
        mean=[125.307, 122.961, 113.8575],
        std=[51.5865, 50.847, 51.255],
        views=[dict(type='RandomView', size=32, crop_scale=(0.2, 1.0))],
    ),
    backbone=dict(type='ResNet_CIFAR', depth=50, norm_cfg=dict(type='BN'), zero_init_residual=False),
    head=dict(type='ClassifierHead', in_channels=2048, num_classes=10, init_std=0.01),
)
optim_wrapper = dict(optimizer=dict(lr=0.8, weight_decay=1e-4))
param_scheduler = [
    dict(
        type='WarmupCosineLR',
        warmup=10,
        start_lr=0.01,
        end_lr=8e-4,
        by_epoch=True,
        convert_to_iter_based=True,
    )
]
auto_scale_lr = dict(base_batch_size=1024)
train_cfg = dict(max_epochs=500)
default_hooks = dict(checkpoint=dict(save_best=None))
