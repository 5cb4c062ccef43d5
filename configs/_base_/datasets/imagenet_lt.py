# ImageNet-LT (https://arxiv.org/abs/1904.05160): the 115,846 training images that ImageNet_LT_train.txt lists ("train/n01440764/NAME.JPEG
# 0" a line), a file of the authors to be put into data/imagenet; evaluated on ImageNet's validation images, which are the list's test
# images. Without the list: dict(type='ImageNet', split='train', long_tail=dict(profile='pareto', imbalance=256)) is much like it.
train_dataloader = dict(
    batch_size=32,
    num_workers=4,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type='ResumableSampler', shuffle=True),
    collate_fn=dict(type='collate_views'),
    dataset=dict(
        type='ImageFolder', data_root='data/imagenet', ann_file='ImageNet_LT_train.txt', check_headers=False
    ),
)
val_dataloader = dict(
    batch_size=64,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='ResumableSampler', shuffle=False, round_up=True),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='ImageNet',
        data_root='data/imagenet',
        split='val',
        pipeline=[
            dict(type='LoadImage'),
            dict(type='ResizeCenterCrop', resize=256, crop=224, interpolation='bilinear'),
            dict(type='PackViews'),
        ],
    ),
)
test_dataloader = val_dataloader
