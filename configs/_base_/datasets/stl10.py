# STL-10, 96x96, in memory (3 GB): trains on all images, labelled or not; the model's preprocessor makes the views, of 64 px. kNN's bank
# is the 5,000 labelled training images, resized to 70 px and cut to 64 like the test images. The first run downloads 2.6 GB.
train_dataloader = dict(
    batch_size=256,
    num_workers=0,
    persistent_workers=False,
    drop_last=True,
    sampler=dict(type='ResumableSampler', shuffle=True),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='STL10',
        data_root='data/stl10',
        split='train+unlabeled',
        download=True,
        pipeline=[dict(type='PackViews')],
    ),
)
val_dataloader = dict(
    batch_size=256,
    num_workers=0,
    persistent_workers=False,
    sampler=dict(type='ResumableSampler', shuffle=False, round_up=True),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='STL10',
        data_root='data/stl10',
        split='test',
        download=True,
        pipeline=[dict(type='ResizeCenterCrop', resize=70, crop=64), dict(type='PackViews')],
    ),
)
test_dataloader = val_dataloader
