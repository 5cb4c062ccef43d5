# Time-contrastive networks (https://arxiv.org/abs/1704.06888), two cameras. python tools/train.py configs/cmc/r18-cameras_200e.py
_base_ = [
    '../_base_/datasets/image_folder.py',
    '../_base_/schedules/sgd_epoch-step.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

# data/scenes/left/000001.jpg and data/scenes/right/000001.jpg; names in the order of time
frames = dict(type='AlignedFolders', data_root='data/scenes', views=['left', 'right'])
train_dataloader = dict(
    batch_size=64,
    dataset=dict(
        **frames,
        pipeline=[
            dict(
                type='AlignedViews',
                views=dict(type='RandomView', size=224, crop_scale=(0.5, 1.0), flip_prob=0),
                aligned=False,  # each camera has its place
            ),
            dict(type='PackViews'),
        ],
    ),
)
val_dataloader = dict(dataset=dict(**frames))  # of the first camera
test_dataloader = val_dataloader
model = dict(
    type='TimeContrast',
    window=5,
    backbone=dict(type='ResNet', depth=18, norm_cfg=dict(type='SyncBN'), zero_init_residual=False),
    neck=dict(type='MLP', in_channels=512, hidden_channels=512, out_channels=32),
    encoder=dict(type='SharedPair'),
    head=dict(type='TripletHead', margin=0.2),
)
auto_scale_lr = dict(base_batch_size=64)
