# SGD with a cosine that changes once an epoch (MoCo v2)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.03, momentum=0.9, weight_decay=1e-4))
param_scheduler = [dict(type='WarmupCosineLR', by_epoch=True)]
train_cfg = dict(type='ResumableEpochLoop', max_epochs=200, val_interval=10)
auto_scale_lr = dict(base_batch_size=256)
