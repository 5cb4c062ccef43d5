# Class folders of photographs: a fixed tenth of each class is kept for kNN. The leaf config sets the training
# pipeline of its views. A folder without classes needs no config: tools/train.py CONFIG --data-root DIR.
train_dataloader = dict(
    batch_size=32,
    num_workers=4,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type='ResumableSampler', shuffle=True),
    collate_fn=dict(type='collate_views'),
    dataset=dict(type='ImageFolder', data_root='data/images', labels='folders', split='train'),
)
val_dataloader = dict(
    batch_size=64,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='ResumableSampler', shuffle=False, round_up=True),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='ImageFolder',
        data_root='data/images',
        labels='folders',
        split='val',
        pipeline=[
            dict(type='LoadImage'),
            dict(type='ResizeCenterCrop', resize=256, crop=224, interpolation='bilinear'),
            dict(type='PackViews'),
        ],
    ),
)
test_dataloader = val_dataloader
