# TSC (https://arxiv.org/abs/2111.13998), ImageNet-LT, published 52.4. tools/dist_train.sh configs/tsc/r50_400e_imagenet_lt.py 8
_base_ = ['../kcl/r50_200e_imagenet_lt.py']

view = dict(type='RandomView', size=224, crop_scale=(0.08, 1.0), jitter=(0.4, 0.4, 0.4, 0.0), jitter_prob=1.0)
train_pipeline = [
    dict(type='LoadImage', defer=True),
    dict(type='MultiView', views=[view] * 2),
    dict(type='PackViews'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
model = dict(
    type='TSC',
    neck=dict(num_layers=2, norm_cfg=None),
    targets=dict(type='ClassTargets', num_classes=1000, dim=128, start_epoch=200),
)
optim_wrapper = dict(optimizer=dict(weight_decay=1e-4))
param_scheduler = [  # KCL and then TSC, each with its own cosine
    dict(type='WarmupCosineLR', by_epoch=True, begin=0, end=200),
    dict(type='WarmupCosineLR', by_epoch=True, begin=200, end=400),
]
val_evaluator = dict(shots=(19, 100))
test_evaluator = val_evaluator
custom_hooks = [
    dict(type='ResetOptimizerHook', epochs=[200]),
    dict(type='KNNHook'),
    dict(type='ClassCountHook'),
]
train_cfg = dict(max_epochs=400)
