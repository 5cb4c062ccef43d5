# MoCo v3 (https://arxiv.org/abs/2104.02057), ImageNet, published linear top-1 72.8. tools/dist_train.sh configs/mocov3/r50_300e.py 32
_base_ = [
    '../_base_/views/mocov3.py',
    '../_base_/datasets/imagenet.py',
    '../_base_/schedules/lars_warmup-cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(batch_size=128, dataset=dict(pipeline=_base_.train_pipeline))  # 32 devices x 128
model = dict(
    type='MoCoV3',
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    backbone=dict(type='ResNet', depth=50, norm_cfg=dict(type='SyncBN'), zero_init_residual=True),
    neck=dict(
        type='MLP',
        in_channels=2048,
        hidden_channels=4096,
        out_channels=256,
        num_layers=2,
        bias=False,
        last_bias=False,
        last_norm='plain',
    ),
    predictor=dict(
        type='MLP', in_channels=256, hidden_channels=4096, out_channels=256, bias=False, last_bias=False
    ),
    encoder=dict(type='EMAPair', momentum=0.99, end_momentum=1.0, lead=1),
    negatives=dict(type='BatchNegatives', views='key'),
    head=dict(type='ContrastiveHead', temperature=1.0, loss_weight=2.0),
)
optim_wrapper = dict(optimizer=dict(lr=4.8))  # 0.3 x 4096 / 256
train_cfg = dict(max_epochs=300)
default_hooks = dict(momentum=dict(type='MomentumHook'))
