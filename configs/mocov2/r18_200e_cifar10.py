# MoCo on CIFAR-10, the authors' demo: published kNN 82.6 at 200 epochs. python tools/train.py configs/mocov2/r18_200e_cifar10.py
_base_ = [
    '../_base_/views/cifar.py',
    '../_base_/datasets/cifar10.py',
    '../_base_/schedules/sgd_epoch-cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(batch_size=512)
model = dict(
    type='MoCo',
    data_preprocessor=dict(
        mean=[125.307, 122.961, 113.8575], std=[51.5865, 50.847, 51.255], views=_base_.views
    ),
    backbone=dict(type='ResNet_CIFAR', depth=18, norm_cfg=dict(type='BN'), zero_init_residual=False),
    neck=dict(type='MLP', in_channels=512, hidden_channels=512, out_channels=128, num_layers=1),
    encoder=dict(type='EMAPair', momentum=0.99, shuffle_bn=True, bn_splits=8),
    memory=dict(type='FeatureQueue', size=4096, dim=128),
    negatives=dict(type='QueueNegatives'),
    head=dict(type='ContrastiveHead', temperature=0.1),
)
optim_wrapper = dict(optimizer=dict(lr=0.06, weight_decay=5e-4))
auto_scale_lr = dict(base_batch_size=512)
default_hooks = dict(momentum=dict(type='MomentumHook'))
