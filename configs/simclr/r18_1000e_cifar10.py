# SimCLR on CIFAR-10, the authors' README: linear about 91. python tools/train.py configs/simclr/r18_1000e_cifar10.py
_base_ = [
    '../_base_/views/cifar.py',
    '../_base_/datasets/cifar10.py',
    '../_base_/schedules/lars_warmup-cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(batch_size=512)
model = dict(
    type='SimCLR',
    data_preprocessor=dict(mean=[0, 0, 0], std=[255, 255, 255], views=_base_.views),
    backbone=dict(type='ResNet_CIFAR', depth=18, norm_cfg=dict(type='SyncBN'), zero_init_residual=True),
    neck=dict(
        type='MLP',
        in_channels=512,
        hidden_channels=512,
        out_channels=128,
        bias=False,
        last_bias=False,
        last_norm='scale',
        init='normal',
    ),
    encoder=dict(type='SharedPair'),
    negatives=dict(type='BatchNegatives'),
    head=dict(type='ContrastiveHead', temperature=0.5),
)
optim_wrapper = dict(optimizer=dict(lr=2.0, weight_decay=1e-4))  # 1.0 x 512 / 256
auto_scale_lr = dict(base_batch_size=512)
train_cfg = dict(max_epochs=1000)
