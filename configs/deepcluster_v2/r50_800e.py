# DeepCluster-v2 (https://arxiv.org/abs/2006.09882), ImageNet, linear top-1 75.2. tools/dist_train.sh configs/deepcluster_v2/r50_800e.py 64
_base_ = [
    '../_base_/views/swav.py',
    '../_base_/datasets/imagenet.py',
    '../_base_/schedules/larc_warmup-cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(batch_size=64, dataset=dict(pipeline=_base_.train_pipeline))  # 64 devices x 64
model = dict(
    type='DeepClusterV2',
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    backbone=dict(type='ResNet', depth=50, norm_cfg=dict(type='SyncBN'), zero_init_residual=False),
    neck=dict(type='MLP', in_channels=2048, hidden_channels=2048, out_channels=128),
    encoder=dict(type='SharedPair'),
    clusters=dict(type='ClusterMemory', num_clusters=[3000, 3000, 3000]),
    memory=dict(type='ViewBanks', num_views=2, dim=128, momentum=0.0),
    head=dict(type='ContrastiveHead', temperature=0.1),
    num_views=8,
)
train_cfg = dict(max_epochs=800)
default_hooks = dict(clustering=dict(type='BankClusteringHook'))
