# Fashion-MNIST, 28x28 padded to 32, grey, in memory; the model's preprocessor makes the views and copies grey
# to 3 channels. tools/prepare_fashion_mnist.py fills data/fashion_mnist. To tune without the test images:
# --cfg-options '+train_dataloader.dataset.indices=(0,55000)' '+val_dataloader.dataset.indices=(55000,60000)'
# val_dataloader.dataset.split=train
train_dataloader = dict(
    batch_size=256,
    num_workers=0,
    persistent_workers=False,
    drop_last=True,
    sampler=dict(type='ResumableSampler', shuffle=True),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='FashionMNIST',
        data_root='data/fashion_mnist',
        split='train',
        pad_to=32,
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
        type='FashionMNIST',
        data_root='data/fashion_mnist',
        split='test',
        pad_to=32,
        pipeline=[dict(type='PackViews')],
    ),
)
test_dataloader = val_dataloader
