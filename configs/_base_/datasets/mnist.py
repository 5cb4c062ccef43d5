# MNIST, 28x28, grey, in memory: data/mnist holds the four files of http://yann.lecun.com/exdb/mnist, raw or gzip.
# The model's preprocessor copies grey to 3 channels.
train_dataloader = dict(
    batch_size=100,
    num_workers=0,
    persistent_workers=False,
    drop_last=True,
    sampler=dict(type='ResumableSampler', shuffle=True),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='FashionMNIST',  # the same four files
        data_root='data/mnist',
        metainfo=dict(classes=tuple('0123456789')),
        split='train',
        pipeline=[dict(type='PackViews')],
    ),
)
val_dataloader = dict(
    batch_size=500,
    num_workers=0,
    persistent_workers=False,
    sampler=dict(type='ResumableSampler', shuffle=False, round_up=True),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='FashionMNIST',
        data_root='data/mnist',
        metainfo=dict(classes=tuple('0123456789')),
        split='test',
        pipeline=[dict(type='PackViews')],
    ),
)
test_dataloader = val_dataloader
