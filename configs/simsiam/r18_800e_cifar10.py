# SimSiam on CIFAR-10, published linear 91.8. python tools/train.py configs/simsiam/r18_800e_cifar10.py
_base_ = [
    '../_base_/views/cifar.py',
    '../_base_/datasets/cifar10.py',
    '../_base_/schedules/sgd_epoch-cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(batch_size=512)
model = dict(
    type='SimSiam',
    data_preprocessor=dict(
        mean=[125.307, 122.961, 113.8575], std=[51.5865, 50.847, 51.255], views=_base_.views
    ),
    backbone=dict(type='ResNet_CIFAR', depth=18, norm_cfg=dict(type='SyncBN'), zero_init_residual=True),
    neck=dict(
        type='MLP',
        in_channels=512,
        hidden_channels=2048,
        out_channels=2048,
        num_layers=2,
        bias=False,
        last_bias=False,
        last_norm='plain',
    ),
    predictor=dict(type='MLP', in_channels=2048, hidden_channels=512, out_channels=2048, bias=False),
    encoder=dict(type='StopGradPair'),
    head=dict(type='LatentHead', loss_weight=0.5),
)
optim_wrapper = dict(
    optimizer=dict(lr=0.06, weight_decay=5e-4),  # 0.03 x 512 / 256
    paramwise_cfg=dict(custom_keys={'predictor': dict(fixed_lr=True)}),
)
auto_scale_lr = dict(base_batch_size=512)
train_cfg = dict(max_epochs=800)
