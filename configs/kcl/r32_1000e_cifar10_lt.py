# KCL on CIFAR-10-LT, imbalance 100: 77.6 in TSC's paper. python tools/train.py configs/kcl/r32_1000e_cifar10_lt.py
_base_ = [
    '../_base_/views/cifar.py',
    '../_base_/datasets/cifar10.py',
    '../_base_/schedules/sgd_epoch-cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

views = [dict(_base_.views[0], crop_scale=(0.2, 1.0))] * 2
train_dataloader = dict(batch_size=1024, dataset=dict(long_tail=dict(imbalance=100)))  # 12,406 images
model = dict(
    type='SimCLR',
    data_preprocessor=dict(mean=[125.307, 122.961, 113.8575], std=[51.5865, 50.847, 51.255], views=views),
    backbone=dict(type='ThinResNet', depth=32, norm_cfg=dict(type='BN'), zero_init_residual=False),
    neck=dict(type='MLP', in_channels=64, hidden_channels=64, out_channels=128, norm_cfg=None),
    encoder=dict(type='SharedPair'),
    negatives=[dict(type='BatchNegatives'), dict(type='ClassPositives', num=6)],
    head=dict(type='SupConHead', temperature=0.07),
)
optim_wrapper = dict(optimizer=dict(lr=0.5, weight_decay=1e-4))
param_scheduler = [
    dict(
        type='WarmupCosineLR',
        warmup=10,
        start_lr=0.01,
        end_lr=5e-4,
        by_epoch=True,
        convert_to_iter_based=True,
    )
]
auto_scale_lr = dict(base_batch_size=1024)
val_evaluator = dict(shots=(200, 1000))
test_evaluator = val_evaluator
custom_hooks = [dict(type='KNNHook'), dict(type='ClassCountHook')]
train_cfg = dict(max_epochs=1000)
