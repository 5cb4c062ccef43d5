# LoCo (https://arxiv.org/abs/2008.01342), ImageNet, paper: linear 69.5 (not checked). tools/dist_train.sh configs/loco/r50_800e.py 32
_base_ = [
    '../_base_/views/simclr.py',
    '../_base_/datasets/imagenet.py',
    '../_base_/schedules/lars_warmup-cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(batch_size=128, dataset=dict(pipeline=_base_.train_pipeline))  # 32 devices x 128
neck = dict(
    type='MLP',
    hidden_channels=2048,
    out_channels=128,
    bias=False,
    last_bias=False,
    last_norm='scale',
    init='normal',
)
model = dict(
    type='LoCo',
    data_preprocessor=dict(mean=[0, 0, 0], std=[255, 255, 255]),  # as SimCLR's
    backbone=dict(
        type='LocalResNet',
        depth=50,
        norm_cfg=dict(type='SyncBN'),
        zero_init_residual=True,
        init_cfg=[
            dict(type='Kaiming', layer='Conv2d', mode='fan_in', nonlinearity='linear'),
            dict(type='Constant', val=1, layer=['_BatchNorm', 'GroupNorm']),
        ],
        units=[(0, 1), (1, 2), (2, 3)],
    ),
    neck=dict(
        type='SpaceNecks',
        necks=[dict(in_channels=512, **neck), dict(in_channels=1024, **neck), dict(in_channels=2048, **neck)],
    ),
    encoder=dict(type='SharedPair'),
    negatives=dict(type='BatchNegatives'),
    head=dict(type='ContrastiveHead', temperature=0.1),
)
train_cfg = dict(max_epochs=800)
