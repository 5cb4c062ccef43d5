# CMC (https://arxiv.org/abs/1906.05849), ImageNet, Lab, linear top-1 58.6. tools/dist_train.sh configs/cmc/r50-half_200e.py 8
_base_ = [
    '../_base_/datasets/imagenet.py',
    '../_base_/schedules/sgd_epoch-step.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

view = dict(type='RandomView', size=224, crop_scale=(0.08, 1.0))  # no jitter: both views would share it
train_dataloader = dict(
    batch_size=32,  # 8 devices x 32
    dataset=dict(
        pipeline=[
            dict(type='LoadImage', defer=True),
            dict(type='MultiView', views=[view]),
            dict(type='PackViews'),
        ]
    ),
)
half = dict(
    type='ResNet',
    depth=50,
    base_channels=32,
    stem_channels=32,
    norm_cfg=dict(type='BN'),
    zero_init_residual=False,
)
neck = dict(type='MLP', in_channels=1024, hidden_channels=1024, out_channels=128, num_layers=1)
model = dict(
    type='CMC',
    data_preprocessor=dict(type='ColorSpacePreprocessor', space='lab'),
    backbone=dict(
        type='ViewBackbones',
        branches=[{**half, 'in_channels': 1}, {**half, 'in_channels': 2}],
        channels=[[0], [1, 2]],  # L | ab
    ),
    neck=dict(type='ViewNecks', necks=[neck, neck]),
    memory=dict(type='ViewBanks', num_views=2, dim=128, momentum=0.5),
    positives=dict(type='BankPositives'),
    negatives=dict(type='BankNegatives', num=65536, per_anchor=False),
    head=dict(type='ContrastiveHead', temperature=0.07),
)
