# ImageNet-1k in its published layout, 8 devices x 32. The leaf config adds its training pipeline.
train_dataloader = dict(
    batch_size=32,
    num_workers=4,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type='ResumableSampler', shuffle=True),
    collate_fn=dict(type='collate_views'),
    dataset=dict(type='ImageNet', data_root='data/imagenet', split='train'),
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
