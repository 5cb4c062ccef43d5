# BYOL (https://arxiv.org/abs/2006.07733), ImageNet, published linear top-1 72.5. tools/dist_train.sh configs/byol/r50_300e.py 32
_base_ = [
    '../_base_/views/byol.py',
    '../_base_/datasets/imagenet.py',
    '../_base_/schedules/lars_warmup-cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(batch_size=128, dataset=dict(pipeline=_base_.train_pipeline))  # 32 devices x 128
model = dict(
    type='BYOL',
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    backbone=dict(type='ResNet', depth=50, norm_cfg=dict(type='SyncBN'), zero_init_residual=False),
    neck=dict(
        type='MLP', in_channels=2048, hidden_channels=4096, out_channels=256, last_bias=False, init='lecun'
    ),
    predictor=dict(
        type='MLP', in_channels=256, hidden_channels=4096, out_channels=256, last_bias=False, init='lecun'
    ),
    encoder=dict(type='EMAPair', momentum=0.99, end_momentum=1.0),
    head=dict(type='LatentHead'),
)
optim_wrapper = dict(optimizer=dict(lr=4.8, weight_decay=1e-6))  # 0.3 x 4096 / 256
train_cfg = dict(max_epochs=300)
default_hooks = dict(momentum=dict(type='MomentumHook'))
