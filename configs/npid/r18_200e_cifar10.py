# NPID on CIFAR-10, softmax over all images: published kNN 80.8. python tools/train.py configs/npid/r18_200e_cifar10.py
_base_ = [
    '../_base_/datasets/cifar10.py',
    '../_base_/schedules/sgd_epoch-step.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

view = dict(
    type='RandomView',
    size=32,
    crop_scale=(0.2, 1.0),
    jitter=(0.4, 0.4, 0.4, 0.4),
    jitter_prob=1.0,
    grey_prob=0.2,
    flip_prob=0.0,  # the authors' CIFAR script does not flip
)
train_dataloader = dict(batch_size=128)
model = dict(
    type='NPID',
    data_preprocessor=dict(mean=[125.307, 122.961, 113.8575], std=[51.5865, 50.847, 51.255], views=[view]),
    backbone=dict(type='ResNet_CIFAR', depth=18, norm_cfg=dict(type='BN'), zero_init_residual=False),
    neck=dict(type='MLP', in_channels=512, hidden_channels=512, out_channels=128, num_layers=1),
    encoder=dict(type='SharedPair'),
    memory=dict(type='MemoryBank', dim=128, momentum=0.5),
    positives=dict(type='BankPositives'),
    negatives=dict(type='BankNegatives', num=None),
    head=dict(type='ContrastiveHead', temperature=0.1),
)
optim_wrapper = dict(optimizer=dict(weight_decay=5e-4))
auto_scale_lr = dict(base_batch_size=128)
