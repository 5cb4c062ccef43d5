# Adam at a constant rate (Deep InfoMax)
optim_wrapper = dict(optimizer=dict(type='Adam', lr=1e-4))
param_scheduler = []
train_cfg = dict(type='ResumableEpochLoop', max_epochs=1000, val_interval=10)
auto_scale_lr = dict(base_batch_size=64)
