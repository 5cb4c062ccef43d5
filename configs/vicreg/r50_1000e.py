# VICReg (https://arxiv.org/abs/2105.04906), ImageNet, published linear top-1 73.2. tools/dist_train.sh configs/vicreg/r50_1000e.py 32
_base_ = [
    '../_base_/views/byol.py',
    '../_base_/datasets/imagenet.py',
    '../_base_/schedules/lars_warmup-cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(batch_size=64, dataset=dict(pipeline=_base_.train_pipeline))  # 32 devices x 64
model = dict(
    type='VICReg',
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    backbone=dict(type='ResNet', depth=50, norm_cfg=dict(type='SyncBN'), zero_init_residual=True),
    neck=dict(
        type='MLP', in_channels=2048, hidden_channels=8192, out_channels=8192, num_layers=3, last_bias=False
    ),
    encoder=dict(type='SharedPair', joint=False, normalize=False),
    head=dict(type='VICRegHead'),
)
optim_wrapper = dict(optimizer=dict(lr=1.6))  # 0.2 x 2048 / 256
param_scheduler = [
    dict(type='WarmupCosineLR', warmup=10, end_lr=0.0016, by_epoch=True, convert_to_iter_based=True)
]
auto_scale_lr = dict(base_batch_size=2048)
train_cfg = dict(max_epochs=1000)
