# CIFAR-10, 32x32, in memory; the model's preprocessor makes the views. The first run downloads 170 MB.
train_dataloader = dict(
    batch_size=512,
    num_workers=0,
    persistent_workers=False,
    drop_last=True,
    sampler=dict(type='ResumableSampler', shuffle=True),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='CIFAR10',
        data_root='data/cifar10',
        split='train',
        download=True,
        pipeline=[dict(type='PackViews')],
    ),
)
val_dataloader = dict(
    batch_size=512,
    num_workers=0,
    persistent_workers=False,
    sampler=dict(type='ResumableSampler', shuffle=False, round_up=True),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='CIFAR10',
        data_root='data/cifar10',
        split='test',
        download=True,
        pipeline=[dict(type='PackViews')],
    ),
)
test_dataloader = val_dataloader
