# Stage 2 (https://arxiv.org/abs/1910.09217), FM-LT. python tools/train.py configs/cross_entropy/r18w16-balanced_2e_fmnist_lt.py
_base_ = [
    '../_base_/datasets/fashion_mnist.py',
    '../_base_/schedules/sgd_cosine.py',
    '../_base_/accuracy.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(
    sampler=dict(type='ClassBalancedSampler'), dataset=dict(long_tail=dict(imbalance=100))
)
model = dict(
    type='Classifier',
    pretrained='work_dirs/cross_entropy/r18w16_12e_fmnist_lt/epoch_12.pth',
    pretrained_parts=('backbone',),
    data_preprocessor=dict(
        mean=[114.75] * 3, std=[57.375] * 3, views=[dict(type='RandomView', size=32, crop_scale=(0.2, 1.0))]
    ),
    backbone=dict(
        type='ResNet_CIFAR',
        depth=18,
        base_channels=16,
        stem_channels=16,
        norm_cfg=dict(type='BN'),
        zero_init_residual=False,
        frozen_stages=4,  # all of it, batch norm in evaluation mode
        init_cfg=[],
    ),
    head=dict(type='ClassifierHead', in_channels=128, num_classes=10, init_std=0.01),
)
optim_wrapper = dict(optimizer=dict(lr=0.3, weight_decay=0))
val_evaluator = dict(shots=(200, 1000), sigma=100.0)
test_evaluator = val_evaluator
custom_hooks = [dict(type='ClassCountHook')]
train_cfg = dict(max_epochs=2, val_interval=2)
default_hooks = dict(checkpoint=dict(save_best=None))
