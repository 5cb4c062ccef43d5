# SwAV (https://arxiv.org/abs/2006.09882), ImageNet, published linear top-1 73.9. tools/dist_train.sh configs/swav/r50_200e.py 64
_base_ = [
    '../_base_/views/swav.py',
    '../_base_/datasets/imagenet.py',
    '../_base_/schedules/larc_warmup-cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(batch_size=64, dataset=dict(pipeline=_base_.train_pipeline))  # 64 devices x 64
model = dict(
    type='SwAV',
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    backbone=dict(type='ResNet', depth=50, norm_cfg=dict(type='SyncBN'), zero_init_residual=False),
    neck=dict(type='MLP', in_channels=2048, hidden_channels=2048, out_channels=128),
    encoder=dict(type='SharedPair'),
    head=dict(type='PrototypeHead', in_channels=128, num_prototypes=3000),
)
custom_hooks = [dict(type='KNNHook'), dict(type='FreezeHook', modules=['head.prototypes'], iters=313)]
