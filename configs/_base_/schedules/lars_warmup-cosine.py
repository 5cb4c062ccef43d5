# LARS with 10 warm-up epochs and a cosine to 0, every iteration (SimCLR, BYOL); one-dimensional tensors are neither adapted nor decayed
optim_wrapper = dict(optimizer=dict(type='LARS', lr=4.8, momentum=0.9, weight_decay=1e-6))
param_scheduler = [dict(type='WarmupCosineLR', warmup=10, by_epoch=True, convert_to_iter_based=True)]
train_cfg = dict(type='ResumableEpochLoop', max_epochs=100, val_interval=10)
auto_scale_lr = dict(base_batch_size=4096)
