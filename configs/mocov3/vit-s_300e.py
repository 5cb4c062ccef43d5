# MoCo v3 (https://arxiv.org/abs/2104.02057), ImageNet, published linear top-1 73.2. tools/dist_train.sh configs/mocov3/vit-s_300e.py 32
_base_ = [
    '../_base_/views/mocov3_vit.py',
    '../_base_/datasets/imagenet.py',
    '../_base_/schedules/adamw_warmup-cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(batch_size=128, dataset=dict(pipeline=_base_.train_pipeline))  # 32 devices x 128
model = dict(
    type='MoCoV3',
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    backbone=dict(
        type='MoCoV3ViT',
        arch='mocov3-small',  # 12 heads
        img_size=224,
        patch_size=16,
        out_type='cls_token',
        stop_grad_conv1=True,  # the patch projection stays random, which keeps training stable
    ),
    neck=dict(
        type='MLP',
        in_channels=384,
        hidden_channels=4096,
        out_channels=256,
        num_layers=3,
        bias=False,
        last_bias=False,
        last_norm='plain',
    ),
    predictor=dict(
        type='MLP',
        in_channels=256,
        hidden_channels=4096,
        out_channels=256,
        bias=False,
        last_bias=False,
        last_norm='plain',
    ),
    encoder=dict(type='EMAPair', momentum=0.99, end_momentum=1.0, lead=1),
    negatives=dict(type='BatchNegatives', views='key'),
    head=dict(type='ContrastiveHead', temperature=0.2, loss_weight=0.4),
)
default_hooks = dict(momentum=dict(type='MomentumHook'))
