# AdamW with 40 warm-up epochs and a cosine to 0, every iteration (MoCo v3 with vision transformers); decay acts on all parameters
optim_wrapper = dict(optimizer=dict(type='AdamW', lr=2.4e-3, betas=(0.9, 0.999), weight_decay=0.1))
param_scheduler = [dict(type='WarmupCosineLR', warmup=40, by_epoch=True, convert_to_iter_based=True)]
train_cfg = dict(type='ResumableEpochLoop', max_epochs=300, val_interval=10)
auto_scale_lr = dict(base_batch_size=4096)
