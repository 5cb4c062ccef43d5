# MoCo v3 on CIFAR-10, solo-learn's recipe: linear 93.10 as published there. python tools/train.py configs/mocov3/r18_1000e_cifar10.py
_base_ = [
    '../_base_/views/cifar_byol.py',
    '../_base_/datasets/cifar10.py',
    '../_base_/schedules/lars_warmup-cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(batch_size=256)
model = dict(
    type='MoCoV3',
    data_preprocessor=dict(
        mean=[125.307, 122.961, 113.8575], std=[51.5865, 50.847, 51.255], views=_base_.views
    ),
    backbone=dict(type='ResNet_CIFAR', depth=18, norm_cfg=dict(type='SyncBN'), zero_init_residual=False),
    neck=dict(
        type='MLP',
        in_channels=512,
        hidden_channels=4096,
        out_channels=256,
        bias=False,
        last_bias=False,
        last_norm='plain',
    ),
    predictor=dict(
        type='MLP', in_channels=256, hidden_channels=4096, out_channels=256, bias=False, last_bias=False
    ),
    encoder=dict(type='EMAPair', momentum=0.99, end_momentum=1.0, lead=1),
    negatives=dict(type='BatchNegatives', views='key'),
    head=dict(type='ContrastiveHead', temperature=0.2, loss_weight=0.4),
)
optim_wrapper = dict(optimizer=dict(lr=0.3, eta=0.02, weight_decay=1e-6))
auto_scale_lr = dict(base_batch_size=256)
train_cfg = dict(max_epochs=1000)
default_hooks = dict(momentum=dict(type='MomentumHook'))
