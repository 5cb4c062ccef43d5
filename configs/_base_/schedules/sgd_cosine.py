# SGD with a cosine to 0 that changes every iteration (protocol FM, CIFAR)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.06, momentum=0.9, weight_decay=5e-4))
param_scheduler = [dict(type='WarmupCosineLR', by_epoch=True, convert_to_iter_based=True)]
train_cfg = dict(type='ResumableEpochLoop', max_epochs=3, val_interval=1)
auto_scale_lr = dict(base_batch_size=256)
