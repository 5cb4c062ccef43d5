# RotNet, one turn an image (https://arxiv.org/abs/1803.07728), linear 48.2. tools/dist_train.sh configs/rotnet/r50-one-turn_105e.py 8
_base_ = ['./r50_70e.py']

train_dataloader = dict(batch_size=32)  # 8 devices x 32
model = dict(turns_per_image=1, backbone=dict(norm_cfg=dict(type='BN')))
optim_wrapper = dict(optimizer=dict(lr=0.1), paramwise_cfg=dict(norm_decay_mult=0.0))
param_scheduler = [dict(type='MultiStepLR', by_epoch=True, milestones=[30, 60, 90, 100], gamma=0.1)]
train_cfg = dict(max_epochs=105)
auto_scale_lr = dict(base_batch_size=256)
