# Adam with 500 warm-up iterations, then x 0.2 at two epochs (AMDIM)
optim_wrapper = dict(optimizer=dict(type='Adam', lr=2e-4, betas=(0.8, 0.999), eps=1e-8, weight_decay=1e-5))
param_scheduler = [
    dict(type='LinearLR', start_factor=1e-3, by_epoch=False, begin=0, end=500),
    dict(type='MultiStepLR', by_epoch=True, milestones=[250, 280], gamma=0.2),
]
train_cfg = dict(type='ResumableEpochLoop', max_epochs=300, val_interval=10)
auto_scale_lr = dict(base_batch_size=200)
