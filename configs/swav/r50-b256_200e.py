# SwAV (https://arxiv.org/abs/2006.09882), ImageNet, batch 256, linear top-1 72.7. tools/dist_train.sh configs/swav/r50-b256_200e.py 4
_base_ = ['./r50_200e.py']

train_dataloader = dict(batch_size=64)  # 4 devices x 64
model = dict(memory=dict(type='CodeQueue', size=3840, dim=128, start_epoch=15))
optim_wrapper = dict(optimizer=dict(lr=0.6))
param_scheduler = [dict(type='WarmupCosineLR', end_lr=0.0006, by_epoch=True, convert_to_iter_based=True)]
auto_scale_lr = dict(base_batch_size=256)
custom_hooks = [dict(type='KNNHook'), dict(type='FreezeHook', modules=['head.prototypes'], iters=5005)]
