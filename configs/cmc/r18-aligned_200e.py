# CMC (https://arxiv.org/abs/1906.05849) on aligned folders, e.g. colour and depth. python tools/train.py configs/cmc/r18-aligned_200e.py
_base_ = [
    '../_base_/datasets/image_folder.py',
    '../_base_/schedules/sgd_epoch-step.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

# data/scenes/rgb/kitchen/0001.jpg and data/scenes/depth/kitchen/0001.png; labels='none' where there are no class folders
scenes = dict(type='AlignedFolders', data_root='data/scenes', views=['rgb', 'depth'])
train_dataloader = dict(
    batch_size=64,
    dataset=dict(
        **scenes,
        pipeline=[
            dict(type='AlignedViews', views=dict(type='RandomView', size=224, crop_scale=(0.2, 1.0))),
            dict(type='PackViews'),
        ],
    ),
)
val_dataloader = dict(dataset=dict(**scenes))  # of the first view, whose network then gives the features
test_dataloader = val_dataloader
branch = dict(type='ResNet', depth=18, norm_cfg=dict(type='SyncBN'), zero_init_residual=False)
neck = dict(type='MLP', in_channels=512, hidden_channels=512, out_channels=128)
model = dict(
    type='CMC',
    num_views=2,
    backbone=dict(type='ViewBackbones', branches=[branch, branch]),
    neck=dict(type='ViewNecks', necks=[neck, neck]),
    negatives=dict(type='BatchNegatives', views='key'),
    head=dict(type='ContrastiveHead', temperature=0.07),
)
auto_scale_lr = dict(base_batch_size=64)
