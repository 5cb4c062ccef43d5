# SimSiam (https://arxiv.org/abs/2011.10566), ImageNet, published linear top-1 68.1. tools/dist_train.sh configs/simsiam/r50_100e.py 8
_base_ = [
    '../_base_/views/mocov2.py',
    '../_base_/datasets/imagenet.py',
    '../_base_/schedules/sgd_epoch-cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(batch_size=64, dataset=dict(pipeline=_base_.train_pipeline))  # 8 devices x 64
model = dict(
    type='SimSiam',
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    backbone=dict(type='ResNet', depth=50, norm_cfg=dict(type='SyncBN'), zero_init_residual=True),
    neck=dict(
        type='MLP',
        in_channels=2048,
        hidden_channels=2048,
        out_channels=2048,
        num_layers=3,
        bias=False,
        last_bias=False,
        last_norm='plain',
    ),
    predictor=dict(type='MLP', in_channels=2048, hidden_channels=512, out_channels=2048, bias=False),
    encoder=dict(type='StopGradPair'),
    head=dict(type='LatentHead', loss_weight=0.5),
)
optim_wrapper = dict(
    optimizer=dict(lr=0.1, weight_decay=1e-4),  # 0.05 x 512 / 256
    paramwise_cfg=dict(custom_keys={'predictor': dict(fixed_lr=True)}),  # the authors' --fix-pred-lr
)
auto_scale_lr = dict(base_batch_size=512)
train_cfg = dict(max_epochs=100)
