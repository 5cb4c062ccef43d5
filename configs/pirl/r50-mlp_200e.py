# PIRL with MLP heads (https://arxiv.org/abs/1912.01991), ImageNet, VISSL: 65.8. tools/dist_train.sh configs/pirl/r50-mlp_200e.py 32
_base_ = ['./r50_800e.py']

colour = dict(jitter=(0.8, 0.8, 0.8, 0.2), jitter_prob=0.8, grey_prob=0.2, blur_prob=0.5)
train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type='LoadImage', defer=True),
            dict(
                type='MultiView',
                views=[
                    dict(type='RandomView', size=224, crop_scale=(0.08, 1.0), **colour),
                    _base_.puzzle,
                ],
            ),
            dict(type='PackViews'),
        ]
    )
)
model = dict(
    neck=dict(num_layers=2, norm_cfg=None),
    pretext=dict(colour=colour),
    pretext_neck=dict(tile=dict(num_layers=2, norm_cfg=None, last_relu=True)),
    head=dict(_delete_=True, type='ContrastiveHead', temperature=0.1),
)
train_cfg = dict(max_epochs=200)
