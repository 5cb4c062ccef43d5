# SupCon (https://arxiv.org/abs/2004.11362), ImageNet, a queue, published 79.1. tools/dist_train.sh configs/supcon/r50-moco_350e.py 8
_base_ = ['./r50_350e.py']

train_dataloader = dict(batch_size=32)  # 8 devices x 32
model = dict(
    type='MoCo',
    backbone=dict(norm_cfg=dict(type='BN')),
    encoder=dict(_delete_=True, type='EMAPair', momentum=0.999, shuffle_bn=True, bn_splits=8),
    memory=dict(type='LabelledQueue', size=8192, dim=128),
    negatives=[dict(type='QueueNegatives'), dict(type='ClassPositives', sources=['queue'])],
)
optim_wrapper = dict(optimizer=dict(_delete_=True, type='SGD', lr=0.1, momentum=0.9, weight_decay=1e-4))
param_scheduler = [dict(type='WarmupCosineLR', warmup=10, by_epoch=True, convert_to_iter_based=True)]
auto_scale_lr = dict(base_batch_size=256)
default_hooks = dict(momentum=dict(type='MomentumHook'))
