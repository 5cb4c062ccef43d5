# NormFace on CIFAR-10 with a learned scale, no published number. python tools/train.py configs/normface/r18_200e_cifar10.py
_base_ = [
    '../_base_/datasets/cifar10.py',
    '../_base_/schedules/sgd_epoch-cosine.py',
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
    data_preprocessor=dict(mean=[125.307, 122.961, 113.8575], std=[51.5865, 50.847, 51.255]),
    backbone=dict(type='ResNet_CIFAR', depth=18, norm_cfg=dict(type='BN'), zero_init_residual=False),
    head=dict(type='NormFaceHead', in_channels=512, num_classes=10, scale=10.0, learn_scale=True),
)
optim_wrapper = dict(
    optimizer=dict(lr=0.1, weight_decay=5e-4),
    paramwise_cfg=dict(custom_keys={'head': dict(decay_mult=0)}),
)
auto_scale_lr = dict(base_batch_size=128)
train_cfg = dict(max_epochs=200)
default_hooks = dict(checkpoint=dict(save_best=None))
