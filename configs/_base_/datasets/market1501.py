# Market-1501 in its published layout, 4 devices x 16: 400 batches an epoch, of 4 images of each pseudo-identity. The leaf config adds the
# pipelines of its views.
train_dataloader = dict(
    batch_size=16,
    num_workers=4,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type='IdentitySampler', num_instances=4, length=25600),
    collate_fn=dict(type='collate_views'),
    dataset=dict(type='ReIDFolder', data_root='data/market1501', split='train'),
)
val_dataloader = dict(
    batch_size=64,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='ResumableSampler', shuffle=False, round_up=True),
    collate_fn=dict(type='default_collate'),
    dataset=dict(type='ReIDFolder', data_root='data/market1501', split='test'),
)
test_dataloader = val_dataloader
