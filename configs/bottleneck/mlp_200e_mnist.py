# VIB (https://arxiv.org/abs/1612.00410), MNIST, published error 1.13 %. python tools/train.py configs/bottleneck/mlp_200e_mnist.py
_base_ = [
    '../_base_/datasets/mnist.py',
    '../_base_/schedules/adam.py',
    '../_base_/accuracy.py',
    '../_base_/default_runtime.py',
]

model = dict(
    type='Bottleneck',
    data_preprocessor=dict(mean=[127.5] * 3, std=[127.5] * 3),  # 2 x - 1
    backbone=dict(
        type='VectorNet',
        side=28,
        channels=(1024, 1024),
        init_cfg=dict(type='Xavier', layer='Linear', distribution='uniform'),
    ),
    neck=dict(type='MLP', in_channels=1024, hidden_channels=1024, out_channels=512, num_layers=1),
    head=dict(
        type='VIBHead',
        in_channels=256,
        num_classes=10,
        beta=1e-3,
        num_samples=12,
        init_std=0.087,
    ),
)
optim_wrapper = dict(optimizer=dict(lr=1e-4, betas=(0.5, 0.999)))
param_scheduler = [dict(type='StepLR', by_epoch=True, step_size=2, gamma=0.97)]
train_cfg = dict(max_epochs=200)
auto_scale_lr = dict(base_batch_size=100)
default_hooks = dict(checkpoint=dict(save_best=None))
