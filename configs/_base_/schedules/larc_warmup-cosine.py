# LARC over all parameters with warm-up epochs and a cosine, every iteration (SwAV)
optim_wrapper = dict(optimizer=dict(type='LARC', lr=4.8, momentum=0.9, weight_decay=1e-6))
param_scheduler = [
    dict(
        type='WarmupCosineLR',
        warmup=10,
        start_lr=0.3,
        end_lr=0.0048,
        endpoint=True,
        by_epoch=True,
        convert_to_iter_based=True,
    )
]
train_cfg = dict(type='ResumableEpochLoop', max_epochs=200, val_interval=10)
auto_scale_lr = dict(base_batch_size=4096)
