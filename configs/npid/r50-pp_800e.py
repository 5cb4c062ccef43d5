# NPID++ (https://arxiv.org/abs/1912.01991, VISSL), ImageNet, linear top-1 56.7. tools/dist_train.sh configs/npid/r50-pp_800e.py 32
_base_ = ['./r50_200e.py']

view = dict(
    type='RandomView',
    size=224,
    crop_scale=(0.08, 1.0),
    jitter=(0.4, 0.4, 0.4, 0.4),
    jitter_prob=1.0,
)
train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type='LoadImage', defer=True),
            dict(type='MultiView', views=[view]),
            dict(type='PackViews'),
        ]
    )
)
model = dict(negatives=dict(num=32000))
optim_wrapper = dict(optimizer=dict(lr=0.12), paramwise_cfg=dict(norm_decay_mult=0.0))  # 0.03 x 1024 / 256
param_scheduler = [dict(type='WarmupCosineLR', end_lr=0.00012, by_epoch=True)]
auto_scale_lr = dict(base_batch_size=1024)
train_cfg = dict(max_epochs=800)
