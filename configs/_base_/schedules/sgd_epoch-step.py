# SGD, lr x 0.1 at epochs 120 and 160 (MoCo v1)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.03, momentum=0.9, weight_decay=1e-4))
param_scheduler = [dict(type='MultiStepLR', by_epoch=True, milestones=[120, 160], gamma=0.1)]
train_cfg = dict(type='ResumableEpochLoop', max_epochs=200, val_interval=10)
auto_scale_lr = dict(base_batch_size=256)
